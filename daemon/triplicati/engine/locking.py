"""Locks volumes at a destination that can, and asks it until when they are locked (spec/format.md 9.1 step
13, 12.5, 12.6). What is locked is neither deleted nor packed anew."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import trio

from triplicati.engine.persisted import recorded_format
from triplicati.engine.remote import Remote
from triplicati.errors import LocksNotSupported
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset
from triplicati.index.volume_locks import known_locks, locked_volumes, record_locks, volumes_of_versions
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.messages.results import LockResult
from triplicati.storage.locking import Lockable, lockable
from triplicati.values.stamps import format_local

_Work = Callable[[VolumeRow], Awaitable[int]]
_AT_ONCE = 4
# Asked and noted at a time.
_PIECE = 200


def lockable_or_refused(remote: Remote) -> Lockable:
    """Raises `LocksNotSupported`, and `DestinationExtraMissing` before anything is uploaded in vain."""
    found = lockable(remote.destination)
    if found is None:
        raise LocksNotSupported(url=remote.destination.display)
    found.check_lockable()
    return found


async def set_locks(
    remote: Remote, database: Database, versions: Sequence[Fileset], duration: timedelta, now: float
) -> LockResult:
    """Locks all volumes that it takes to restore the versions, from `now` (Unix seconds) on. One that is
    locked for longer stays so.

    Raises `LocksNotSupported` and what the destination raises; what was locked is noted.
    """
    result = LockResult(main_operation="SetLock", begin_time=time.time())
    place = lockable_or_refused(remote)
    remote.report.phase("Locking volumes ...")
    size = DIGEST_SIZES[(await recorded_format(database)).block_hash]
    ids = [each.id for each in versions]
    wanted = await database.write(lambda c: volumes_of_versions(c, ids, size))
    known = await database.read(known_locks)
    until = int(now + duration.total_seconds())
    rows = [row for row in await _there(database) if row.id in wanted]
    result.volumes_read = len(rows)
    short = [row for row in rows if known.get(row.id, 0) < until]
    moment = datetime.fromtimestamp(until, UTC)

    async def lock(row: VolumeRow) -> int:
        await remote.tried(lambda: place.set_lock(row.name, moment))
        return until

    result.volumes_updated = await _for_each(remote, database, short, lock, known)
    result.end_time = time.time()
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    return result


async def read_locks(remote: Remote, database: Database, *, whole: bool = True) -> LockResult:
    """Asks the destination; unless `whole` only about volumes of which nothing is known. Raises as
    `set_locks`."""
    result = LockResult(main_operation="ReadLockInfo", begin_time=time.time())
    place = lockable_or_refused(remote)
    remote.report.phase("Reading locks ...")
    known = await database.read(known_locks)
    rows = [row for row in await _there(database) if whole or row.id not in known]
    result.volumes_read = len(rows)

    async def ask(row: VolumeRow) -> int:
        found = await remote.tried(lambda: place.lock_of(row.name))
        return 0 if found is None else int(found.timestamp())

    result.volumes_updated = await _for_each(remote, database, rows, ask, known)
    result.end_time = time.time()
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    return result


async def without_locked(
    remote: Remote, database: Database, versions: Sequence[Fileset], now: float
) -> list[Fileset]:
    """The versions whose lists may be deleted; tells of the others."""
    locked = await database.read(lambda c: locked_volumes(c, now))
    kept = [each for each in versions if each.dlist in locked]
    if kept:
        remote.report.message(
            f"{len(kept)} version(s) are locked at the destination and stay, for example that of"
            f" {format_local(kept[0].stamp)}.",
            "VersionLocked",
        )
    return [each for each in versions if each.dlist not in locked]


async def _there(database: Database) -> list[VolumeRow]:
    rows = await database.read(all_volumes)
    return [row for row in rows if row.state in ("Uploaded", "Verified")]


async def _for_each(
    remote: Remote,
    database: Database,
    rows: Sequence[VolumeRow],
    work: _Work,
    known: dict[int, int],
) -> int:
    """Notes what `work` gives, the time until which a volume is locked; gives how many are new."""
    progress = remote.report.progress
    progress.begin()
    progress.files_total, progress.counting = len(rows), False
    changed = 0
    for start in range(0, len(rows), _PIECE):
        found: dict[int, int] = {}
        try:
            await _piece(remote, rows[start : start + _PIECE], work, found)
        finally:
            with trio.CancelScope(shield=True), trio.move_on_after(5):
                await database.write(lambda c, found=found: record_locks(c, found), durable=True)  # type: ignore[misc]  # a default binds the loop's value
        changed += sum(known.get(each, 0) != until for each, until in found.items())
    return changed


async def _piece(remote: Remote, rows: Sequence[VolumeRow], work: _Work, found: dict[int, int]) -> None:
    at_once = trio.CapacityLimiter(_AT_ONCE)

    async def one(row: VolumeRow) -> None:
        async with at_once:
            await remote.report.go_on()
            found[row.id] = await work(row)
            remote.report.progress.files_done += 1

    async with trio.open_nursery() as nursery:
        for row in rows:
            nursery.start_soon(one, row)
