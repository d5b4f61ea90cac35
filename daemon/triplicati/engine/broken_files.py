"""Which files can no longer be restored whole, version by version (spec/format.md 12.3)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import trio

from triplicati.engine.listing import all_versions
from triplicati.engine.persisted import recorded_format
from triplicati.engine.reconcile import Difference, look
from triplicati.engine.remote import Remote
from triplicati.engine.unread import tell_unread
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.index.broken import BrokenEntries
from triplicati.index.database import Database
from triplicati.messages.results import BrokenFilesResult, FilesOfVersion, PathSize

# Of each version, unless all are asked for.
SHOWN = 5


async def list_broken_files(
    remote: Remote, database: Database, *, limit: int | None = SHOWN
) -> BrokenFilesResult:
    """The first `limit` broken files of each version, or all. Nothing is changed, here or there.

    Raises `EmptiedRemoteLocation` where no volume is left at all, and what else `look` raises.
    """
    result = BrokenFilesResult(main_operation="ListBrokenFiles", begin_time=time.time())
    remote.report.phase("Checking remote backup ...")
    lost = lost_volumes(await look(remote, database))
    remote.report.phase("Looking for broken files ...")
    async with broken_entries(database, lost) as broken:
        result.broken_files = await versions_with_broken(database, broken, limit)
    await tell_unread(remote, database)
    if lost:
        remote.report.message(f"{len(lost)} volume(s) with data are missing at the destination.")
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    result.end_time = time.time()
    return result


def lost_volumes(difference: Difference) -> set[int]:
    """The ids of the dblocks that a listing no longer has, or that are about to be taken away."""
    gone = (*difference.missing, *difference.never_arrived, *difference.deleted, *difference.to_delete)
    return {row.id for row in gone if row.kind == "dblock"}


@asynccontextmanager
async def broken_entries(database: Database, lost: Collection[int] = ()) -> AsyncIterator[BrokenEntries]:
    """What is broken by blocks that the index knows of nowhere, and by `lost` volumes."""
    digest_size = DIGEST_SIZES[(await recorded_format(database)).block_hash]
    found = await trio.to_thread.run_sync(BrokenEntries, database.path, digest_size, lost)
    try:
        yield found
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(found.close)


async def versions_with_broken(
    database: Database, broken: BrokenEntries, limit: int | None
) -> list[FilesOfVersion]:
    """Newest first, without those that are whole."""
    found = []
    for version in await all_versions(database):
        each = version.fileset
        hit = await trio.to_thread.run_sync(broken.in_version, each.id)
        if hit.count:
            paths = await trio.to_thread.run_sync(broken.paths, each.id, limit)
            files = [PathSize(path, size) for path, size in paths]
            found.append(FilesOfVersion(version.number, each.stamp, hit.count, files))
    return found
