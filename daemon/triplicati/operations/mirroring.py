"""Copying a backup to its further destinations: while it is made, after it, and when it is asked for
(spec/cli.md 8)."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from triplicati.engine.damage import known_damage
from triplicati.engine.mirroring import mirror
from triplicati.engine.outcome import settled
from triplicati.engine.remote import Remote
from triplicati.engine.sending_along import sending_along
from triplicati.engine.stopping import StopRequest
from triplicati.errors import MirrorConfigUnusable, TriplicatiError, UsageError
from triplicati.errors.groups import plain_reason
from triplicati.index.database import Database
from triplicati.index.volumes import all_volumes
from triplicati.messages.results import BackupResult, MirrorResult, MirrorsResult
from triplicati.operations.mirror_config import MirrorTarget
from triplicati.operations.mirror_targets import (
    OPTION,
    is_due,
    note,
    read_config,
    shown,
    target_remote,
)
from triplicati.operations.order import Order
from triplicati.operations.upkeep import upkeep

log = logging.getLogger(__name__)

_ON_THEIR_WAY = ("Temporary", "Uploading", "Deleting", "Deleted")


async def mirror_backup(
    order: Order, remote: Remote, database: Database, result: BackupResult, stop: StopRequest
) -> None:
    """To every destination that is due after this backup. Whatever goes wrong is told, and nothing of it
    makes the backup fail."""
    report = order.report
    try:
        config = await read_config(order)
    except MirrorConfigUnusable as error:
        report.error(error.id, str(error))
        return
    if result.parsed in ("Error", "Fatal") or (report.warnings and not config.on_warnings):
        kind = "errors" if result.parsed in ("Error", "Fatal") else "warnings"
        report.warning(
            "MirrorSkipped", f"The backup had {kind}, so it was not copied to its further destinations."
        )
        return
    due = [target for target in config.targets if not target.parsed and await is_due(database, target)]
    for target in config.targets:
        if not target.parsed and target not in due:
            await note(database, target, left_out=1)
    result.remote_synchronization_results = await _mirror_all(order, remote, database, due, stop)


@asynccontextmanager
async def copying_along(order: Order, remote: Remote, database: Database) -> AsyncIterator[None]:
    """While a backup is made: what is due gets its volumes at once. What is wrong is told by
    `mirror_backup`."""
    try:
        targets = (await read_config(order)).targets
        due = [each for each in targets if not (each.parsed or each.settings.dry_run)]
        due = [each for each in due if await is_due(database, each)]
        copies = [target_remote(order, remote, each) for each in due]
    except TriplicatiError:
        copies = []
    known = {row.name for row in await database.read(all_volumes)}
    async with sending_along(remote, copies, known):
        yield


async def run_mirrors(order: Order, stop: StopRequest) -> MirrorsResult:
    """To all destinations now, whether they are due or not. Raises `UsageError` where there is none,
    `MirrorConfigUnusable`, and what `upkeep` raises."""
    result = MirrorsResult(main_operation="RemoteSynchronization", begin_time=time.time())
    if not order.values.given(OPTION):
        raise UsageError(
            reason=f"There is no further destination: give some with --{OPTION}, or add them to the backup."
        )
    config = await read_config(order)
    async with upkeep(order) as (remote, database, _):
        found = await _mirror_all(
            order, remote, database, [each for each in config.targets if not each.parsed], stop
        )
    result.remote_synchronization_results = found
    result.warnings, result.errors = order.report.warnings, order.report.errors
    result.end_time = time.time()
    return result


async def _mirror_all(
    order: Order, remote: Remote, database: Database, targets: Sequence[MirrorTarget], stop: StopRequest
) -> list[MirrorResult]:
    volumes = await database.read(all_volumes)
    digests = {row.name: row.hash for row in volumes if row.hash is not None}
    leave_out = [row.name for row in volumes if row.state in _ON_THEIR_WAY]
    keeps_all = await known_damage(database)
    results: list[MirrorResult] = []
    for target in targets:
        if stop.wanted:
            break
        try:
            copy = target_remote(order, remote, target)
            found = await settled(
                lambda copy=copy, target=target: mirror(  # type: ignore[misc]  # defaults bind the loop's values
                    remote, copy, digests, leave_out, target.settings, stop, keeps_all=keeps_all
                )
            )
        except Exception as error:  # whatever it is, the backup is stored, and the other places get it
            order.hide_in(error)
            if not isinstance(error, TriplicatiError):
                log.exception("A copy failed")
            where, reason = shown(target), plain_reason(error)
            await note(database, target, failed=reason)
            order.report.warning(
                "MirrorFailed", f"The backup is stored, but could not be copied to {where}: {reason}", where
            )
            continue
        if not (found.interrupted or found.dryrun):
            await note(database, target, succeeded=True)
        results.append(found)
    return results
