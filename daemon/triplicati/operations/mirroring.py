"""Copying a backup to its further destinations: after a backup, and when it is asked for (spec/cli.md 8)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import trio

from triplicati.engine.from_options import keys, limited
from triplicati.engine.mirroring import mirror
from triplicati.engine.outcome import settled
from triplicati.engine.remote import Remote
from triplicati.engine.stopping import StopRequest
from triplicati.errors import MirrorConfigUnusable, TriplicatiError, UsageError
from triplicati.index.database import Database
from triplicati.index.settings import read_settings, write_settings
from triplicati.index.volumes import all_volumes
from triplicati.messages.results import BackupResult, MirrorResult, MirrorsResult
from triplicati.operations.merging import merged
from triplicati.operations.mirror_config import MirrorConfig, MirrorTarget, parse_mirrors
from triplicati.operations.order import Order
from triplicati.operations.upkeep import upkeep
from triplicati.storage.registry import open_destination
from triplicati.values.urls import DestinationUrl, parse_url

OPTION = "remote-sync-json-config"
_ON_THEIR_WAY = ("Temporary", "Uploading", "Deleting", "Deleted")


class _Last(msgspec.Struct, frozen=True):
    """When a destination got its last whole copy, in Unix seconds, and how many backups it left out since."""

    time: float = 0.0
    left_out: int = 0


async def mirror_backup(
    order: Order, remote: Remote, database: Database, result: BackupResult, stop: StopRequest
) -> None:
    """To every destination that is due after this backup. Whatever goes wrong is told, and nothing of it
    makes the backup fail."""
    report = order.report
    try:
        config = await _config(order)
    except MirrorConfigUnusable as error:
        report.error(error.id, str(error))
        return
    if result.parsed in ("Error", "Fatal") or (report.warnings and not config.on_warnings):
        kind = "errors" if result.parsed in ("Error", "Fatal") else "warnings"
        report.warning(
            "MirrorSkipped", f"The backup had {kind}, so it was not copied to its further destinations."
        )
        return
    due = [target for target in config.targets if not target.parsed and await _is_due(database, target)]
    result.remote_synchronization_results = await _mirror_all(order, remote, database, due, stop)


async def run_mirrors(order: Order, stop: StopRequest) -> MirrorsResult:
    """To all destinations now, whether they are due or not. Raises `UsageError` where there is none,
    `MirrorConfigUnusable`, and what `upkeep` raises."""
    result = MirrorsResult(main_operation="RemoteSynchronization", begin_time=time.time())
    if not order.values.given(OPTION):
        raise UsageError(
            reason=f"There is no further destination: give some with --{OPTION}, or add them to the backup."
        )
    config = await _config(order)
    async with upkeep(order) as (remote, database, _):
        found = await _mirror_all(
            order, remote, database, [each for each in config.targets if not each.parsed], stop
        )
    result.remote_synchronization_results = found
    result.warnings, result.errors = order.report.warnings, order.report.errors
    result.end_time = time.time()
    return result


async def _config(order: Order) -> MirrorConfig:
    text = (order.values.text(OPTION) or "").strip()
    if not text.startswith("{"):
        try:
            text = await trio.to_thread.run_sync(lambda: Path(text).expanduser().read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise MirrorConfigUnusable(reason=f"{text}: {getattr(error, 'strerror', error)}") from None
    return parse_mirrors(text)


async def _mirror_all(
    order: Order, remote: Remote, database: Database, targets: Sequence[MirrorTarget], stop: StopRequest
) -> list[MirrorResult]:
    volumes = await database.read(all_volumes)
    digests = {row.name: row.hash for row in volumes if row.hash is not None}
    leave_out = [row.name for row in volumes if row.state in _ON_THEIR_WAY]
    results: list[MirrorResult] = []
    for target in targets:
        if stop.wanted:
            break
        try:
            copy = _remote(order, remote, target)
            found = await settled(
                lambda copy=copy, target=target: mirror(  # type: ignore[misc]  # defaults bind the loop's values
                    remote, copy, digests, leave_out, target.settings, stop
                )
            )
        except TriplicatiError as error:
            order.hide_in(error)
            where = _shown(target)
            order.report.warning(
                "MirrorFailed", f"The backup is stored, but could not be copied to {where}: {error}", where
            )
            continue
        if not (found.interrupted or found.dryrun):
            await _note(database, target, _Last(time.time(), 0))
        results.append(found)
    return results


def _remote(order: Order, remote: Remote, target: MirrorTarget) -> Remote:
    """Raises what a wrong address and `open_destination` raise."""
    url = parse_url(target.url)
    opened = order.around_destination(open_destination(url, merged(target.options, url, {})))
    return Remote(
        destination=limited(opened, order.values, url.scheme),
        prefix=remote.prefix,
        keys=keys(order.values, None),
        report=order.report,
        retry=target.retry,
        create_folder=target.create_folder and not target.settings.dry_run,
    )


def _shown(target: MirrorTarget) -> str:
    try:
        return parse_url(target.url).display
    except TriplicatiError:
        return "a further destination"


async def _is_due(database: Database, target: MirrorTarget) -> bool:
    """Notes that it is left out where it is not."""
    if target.mode == "inline":
        return True
    last = await _noted(database, target)
    if target.mode == "interval":
        return not 0 <= time.time() - last.time < target.interval
    if last.left_out + 1 >= target.count:
        return True
    await _note(database, target, _Last(last.time, last.left_out + 1))
    return False


async def _noted(database: Database, target: MirrorTarget) -> _Last:
    text = (await database.read(read_settings)).get(_key(target))
    return _Last() if text is None else msgspec.json.decode(text, type=_Last)


async def _note(database: Database, target: MirrorTarget, last: _Last) -> None:
    text = msgspec.json.encode(last).decode()
    await database.write(lambda c: write_settings(c, {_key(target): text}))


def _key(target: MirrorTarget) -> str:
    """Of the address without its secrets, which may change."""
    try:
        url: DestinationUrl | None = parse_url(target.url)
    except TriplicatiError:
        url = None
    place = "" if url is None else f"{url.user}@{url.display}"
    return f"mirror-{hashlib.sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
