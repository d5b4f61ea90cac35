"""The further destinations of a backup: which there are, how they are reached, how far each of them is."""

from __future__ import annotations

import contextlib
import hashlib
import time
from pathlib import Path

import msgspec
import trio

from triplicati.engine.connecting import limited, set_pace
from triplicati.engine.from_options import keys
from triplicati.engine.remote import Remote
from triplicati.errors import MirrorConfigUnusable, TriplicatiError, UsageError
from triplicati.index.database import Database
from triplicati.index.filesets import filesets
from triplicati.index.settings import read_settings, write_settings
from triplicati.operations.merging import merged
from triplicati.operations.mirror_config import MirrorConfig, MirrorTarget, parse_mirrors
from triplicati.operations.order import Order
from triplicati.options.declarations import OptionType
from triplicati.storage.destination import Destination
from triplicati.storage.registry import destination_options, open_destination
from triplicati.values.urls import parse_url

OPTION = "remote-sync-json-config"


class CopyState(msgspec.Struct, frozen=True):
    """When a destination got its last whole copy, in Unix seconds, and the stamp of the newest version then;
    how many backups it left out since, by its own rule; why and when the last try failed, "" for it did not.
    """

    time: float = 0.0
    left_out: int = 0
    version: int = 0
    failed: str = ""
    failed_at: float = 0.0


async def read_config(order: Order) -> MirrorConfig:
    """Raises `MirrorConfigUnusable`."""
    text = (order.values.text(OPTION) or "").strip()
    if not text.startswith("{"):
        text = await trio.to_thread.run_sync(_file, text)
    return parse_mirrors(text)


def target_remote(order: Order, remote: Remote, target: MirrorTarget) -> Remote:
    """The way to it, for the backup of `remote`. Raises what a wrong address and `open_destination` raise."""
    opened = opened_target(order, target)
    copy = Remote(
        destination=limited(opened, order.values, parse_url(target.url).scheme),
        prefix=remote.prefix,
        keys=keys(order.values, None),
        report=order.report,
        retry=target.retry,
        create_folder=target.create_folder and not target.settings.dry_run,
    )
    set_pace(copy, order.values)
    return copy


def shown(target: MirrorTarget) -> str:
    """Its address without secrets."""
    try:
        return parse_url(target.url).display
    except TriplicatiError:
        return "a further destination"


async def copies_of(order: Order, remote: Remote) -> list[Remote]:
    """The ways to all of them that can be understood, none where there are none."""
    if not order.values.text(OPTION):
        return []
    try:
        targets = (await read_config(order)).targets
    except MirrorConfigUnusable as error:
        order.report.message(str(error))
        return []
    found = []
    for target in targets:
        if not target.parsed:
            with contextlib.suppress(TriplicatiError):  # copying to it tells
                found.append(target_remote(order, remote, target))
    return found


def chosen_copy(order: Order, number: int) -> Remote:
    """The one with this number, from 1. Raises `UsageError`, and what a wrong address raises."""
    if not order.operation.startswith(("List", "Search", "Restore", "Test", "Verify")):
        raise UsageError(reason="--use-copy is for commands that only read, as restore, list and test.")
    text = (order.values.text(OPTION) or "").strip()
    if text and not text.startswith("{"):
        text = _file(text)
    targets = [each for each in parse_mirrors(text or "{}").targets if not each.parsed]
    if not 1 <= number <= len(targets):
        count = f"the backup has {len(targets)}" if targets else "give them with --remote-sync-json-config"
        raise UsageError(reason=f"There is no further destination {number}: {count}.")
    target = targets[number - 1]
    plain = Remote(
        destination=limited(opened_target(order, target), order.values, parse_url(target.url).scheme),
        prefix=order.values.text("prefix") or "duplicati",
        keys=keys(order.values, None),
        report=order.report,
        retry=target.retry,
        read_manifests=not order.values.boolean("dont-read-manifests"),
        check_hashes=not order.values.boolean("skip-file-hash-checks"),
    )
    set_pace(plain, order.values)
    return plain


def opened_target(order: Order, target: MirrorTarget) -> Destination:
    """Raises what a wrong address and `open_destination` raise."""
    url = parse_url(target.url)
    return order.around_destination(open_destination(url, merged(target.options, url, {})))


def _file(text: str) -> str:
    try:
        return Path(text).expanduser().read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MirrorConfigUnusable(reason=f"{text}: {getattr(error, 'strerror', error)}") from None


async def is_due(database: Database, target: MirrorTarget) -> bool:
    """Whether it is to get this backup."""
    if target.mode == "inline":
        return True
    last = await state_of(database, target)
    if target.mode == "interval":
        return not 0 <= time.time() - last.time < target.interval
    return last.left_out + 1 >= target.count


async def state_of(database: Database, target: MirrorTarget) -> CopyState:
    text = (await database.read(read_settings)).get(_key(target))
    return CopyState() if text is None else msgspec.json.decode(text, type=CopyState)


async def note(
    database: Database, target: MirrorTarget, *, succeeded: bool = False, left_out: int = 0, failed: str = ""
) -> None:
    """`failed` is a reason without secrets."""
    last, now = await state_of(database, target), time.time()
    if succeeded:
        versions = await database.read(filesets)
        new = CopyState(now, 0, versions[0].stamp if versions else 0)
    elif failed:
        new = msgspec.structs.replace(last, failed=failed, failed_at=now)
    else:
        new = msgspec.structs.replace(last, left_out=last.left_out + left_out)
    text = msgspec.json.encode(new).decode()
    await database.write(lambda c: write_settings(c, {_key(target): text}))


def _key(target: MirrorTarget) -> str:
    """Of the address without its secrets, which may change. Options of its kind count, for buckets of one
    name at two servers are two places."""
    place = ""
    with contextlib.suppress(TriplicatiError):
        url = parse_url(target.url)
        place = f"{url.user}@{url.display}"
        own = [option for option in destination_options(url.scheme) if option.type is not OptionType.PASSWORD]
        values = merged(target.options, url, {})
        said = {option.name: values[option.name] for option in own if option.name in values}
        place += "".join(f"\n{name}={said[name]}" for name in sorted(said))
    return f"mirror-{hashlib.sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
