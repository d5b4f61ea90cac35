"""Takes out of the versions what can no longer be restored, so that all that is left can (spec/format.md
12.3)."""

from __future__ import annotations

import time

import apsw
import msgspec
import trio

from triplicati.engine.broken_files import broken_entries, lost_volumes, versions_with_broken
from triplicati.engine.compact import pack_setup
from triplicati.engine.deleting import delete_versions
from triplicati.engine.listing import Version, all_versions
from triplicati.engine.locking import without_locked
from triplicati.engine.mending import mend
from triplicati.engine.open_dblock import OpenDblock, packer
from triplicati.engine.opening import Expected
from triplicati.engine.reconcile import look
from triplicati.engine.remote import Remote
from triplicati.engine.rewriting import (
    Rewriting,
    check_there,
    new_stamps,
    rewrite_versions,
    rewriting,
)
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.engine.unread import give_up_unread, tell_unread, unread
from triplicati.engine.wire import PackedVolume
from triplicati.errors import (
    AllFilesetsBroken,
    CorruptVolume,
    GpgFailed,
    UnsupportedContainer,
    UnsupportedEncryption,
)
from triplicati.formats.hashes import hasher
from triplicati.formats.metadata import EMPTY_METADATA
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.blocks import known_blocks
from triplicati.index.broken import BrokenEntries
from triplicati.index.database import Database
from triplicati.index.paths import PIECE
from triplicati.index.rewriting import MetadataSet, choose, forget_choice
from triplicati.index.settings import REREAD, remove_setting
from triplicati.index.volumes import (
    all_volumes,
    forget_volumes,
    set_state,
    unlinked_dindexes,
    volume_named,
)
from triplicati.messages.results import DeletedSet, DeleteResult, PurgeBrokenResult, PurgeResult


class _Plan(msgspec.Struct):
    """Versions that lost everything, and those that lost a part: of all of them together the entries that go,
    their bytes, and the entries that get other metadata."""

    vanishing: list[Version] = msgspec.field(default_factory=list)
    rewritten: list[Version] = msgspec.field(default_factory=list)
    removed: int = 0
    removed_bytes: int = 0
    updated: int = 0


async def purge_broken(
    remote: Remote,
    database: Database,
    settings: UpkeepSettings,
    stop: StopRequest,
    *,
    replaces: bool = True,
    limit: int | None = 0,
) -> PurgeBrokenResult:
    """Needs no `reconcile` before: what is missing is what it is for. With `replaces` an entry that lost only
    its metadata stays, with metadata that say nothing. A dry run names the first `limit` broken files of each
    version.

    Raises `AllFilesetsBroken` and `NoFreeSecond`, `EmptiedRemoteLocation`, `ExtraRemoteFiles`, and what the
    destination raises.
    """
    result = PurgeBrokenResult(
        main_operation="PurgeBrokenFiles", begin_time=time.time(), dryrun=settings.dry_run
    )
    purged = PurgeResult(main_operation="PurgeFiles", begin_time=time.time(), dryrun=settings.dry_run)
    deleted = DeleteResult(main_operation="Delete", begin_time=time.time(), dryrun=settings.dry_run)
    remote.report.phase("Checking remote backup ...")
    lost = lost_volumes(await look(remote, database))
    if settings.dry_run or lost:
        remote.report.phase("Looking for broken files ...")
        async with broken_entries(database, lost) as broken:
            plan = await _plan(database, broken, replaces=replaces)
            if settings.dry_run:
                await tell_unread(remote, database)
                result.given_up_lists = len(await unread(database))
                _count_as_planned(plan, purged, deleted)
                purged.matches = await versions_with_broken(database, broken, limit)
    if not settings.dry_run:
        await mend(remote, database, most_may_be_gone=True, foreign_is_fine=False)
        result.given_up_lists = len(await give_up_unread(remote, database))
        await _carry_out(remote, database, settings, stop, purged, deleted, replaces=replaces)
    result.interrupted = purged.interrupted
    result.end_time = purged.end_time = deleted.end_time = time.time()
    result.purge_results, result.delete_results = purged, deleted
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    return result


async def _carry_out(
    remote: Remote,
    database: Database,
    settings: UpkeepSettings,
    stop: StopRequest,
    purged: PurgeResult,
    deleted: DeleteResult,
    *,
    replaces: bool,
) -> None:
    async with rewriting(remote, database, settings) as work:
        remote.report.phase("Looking for broken files ...")
        async with broken_entries(database) as broken:
            plan = await _plan(database, broken, replaces=replaces)
            await _choose(database, broken, replaces=replaces)
        remote.report.phase("Purging broken files ...")
        replacement = await _empty_metadata(work, settings) if plan.updated else None
        vanishing = [each.fileset for each in plan.vanishing]
        rewritten = [each.fileset for each in plan.rewritten]
        affected = [*vanishing, *rewritten]
        free = {each.id for each in await without_locked(remote, database, affected, time.time())}
        vanishing = [each for each in vanishing if each.id in free]
        rewritten = [each for each in rewritten if each.id in free]
        stamps = await new_stamps(database, rewritten, vanishing)
        if vanishing:
            await delete_versions(remote, database, vanishing)
            deleted.deleted_sets = [
                DeletedSet(each.number, each.fileset.stamp)
                for each in plan.vanishing
                if each.fileset.id in free
            ]
        await rewrite_versions(work, rewritten, stamps, stop, purged, replacement)
        if purged.interrupted:
            return
        await _drop_idle_indexes(work)
        # Nothing is missing any more, and what was removed from the newest version is new to the next backup.
        if len(free) == len(affected):
            await database.write(lambda c: remove_setting(c, REREAD))


async def _plan(database: Database, broken: BrokenEntries, *, replaces: bool) -> _Plan:
    """Raises `AllFilesetsBroken`."""
    plan = _Plan()
    versions = await all_versions(database)
    for version in versions:
        each = version.fileset.id
        hit = await trio.to_thread.run_sync(broken.in_version, each)
        if not hit.count:
            continue
        drops = await trio.to_thread.run_sync(lambda each=each: broken.dropped(each, replaces=replaces))  # type: ignore[misc]  # a default binds the loop's value
        if await trio.to_thread.run_sync(lambda each=each: broken.worthless(each, replaces=replaces)):  # type: ignore[misc]  # as above
            plan.vanishing.append(version)
            continue
        plan.rewritten.append(version)
        plan.removed += drops.count
        plan.removed_bytes += drops.size
        plan.updated += hit.count - drops.count
    if versions and len(plan.vanishing) == len(versions):
        raise AllFilesetsBroken(count=len(versions), oldest=len(versions) - 1)
    return plan


async def _choose(database: Database, broken: BrokenEntries, *, replaces: bool) -> None:
    await database.write(forget_choice)
    after = ("", -1)
    while rows := await trio.to_thread.run_sync(
        lambda at=after: broken.chosen(at, PIECE, replaces=replaces)  # type: ignore[misc]  # a default binds the loop's value
    ):
        await database.write(lambda c, rows=rows: choose(c, rows))  # type: ignore[misc]  # as above
        after = (rows[-1].path, rows[-1].since)


async def _empty_metadata(work: Rewriting, settings: UpkeepSettings) -> MetadataSet:
    """The metadata that say nothing, in a volume of their own unless they are stored already: those of
    another path, which Duplicati takes in the end, would give its owner and mode to a file."""
    form = work.writing.form
    digest, whole = (hasher(each)(EMPTY_METADATA).digest() for each in (form.block_hash, form.file_hash))
    if not await work.database.read(lambda c: known_blocks(c, [digest])):
        setup = pack_setup(settings, form, work.remote, work.writing.staging)

        def packed() -> PackedVolume:
            volume = OpenDblock(setup)
            volume.add(digest, packer(0, "None")(EMPTY_METADATA, False), len(EMPTY_METADATA), None)
            return volume.close()

        names = await work.uploader.dblock(await trio.to_thread.run_sync(packed))
        rows = await work.database.read(lambda c: [volume_named(c, name) for name in names])
        await check_there(work.remote, {row.name: row.size for row in rows if row is not None})
    return MetadataSet(whole, len(EMPTY_METADATA), None if digest == whole else digest)


async def _drop_idle_indexes(work: Rewriting) -> None:
    """Those that describe nothing but volumes that are not there: a database that was built without these
    knows no more of them than that. They would make it look as if something were missing."""
    remote, database = work.remote, work.database
    names = {row.name for row in await database.read(lambda c: all_volumes(c, "dblock"))}
    idle = []
    for row in await database.read(unlinked_dindexes):
        try:
            described = await remote.read_volume(row.name, Expected(size=row.size), _described)
        except (CorruptVolume, GpgFailed, UnsupportedContainer, UnsupportedEncryption):
            continue  # what it describes is not known
        if described and not described & names:
            idle.append(row)
    if idle:
        await database.write(lambda c: set_state(c, [row.name for row in idle], "Deleting"), durable=True)
        for row in idle:
            await remote.delete(row.name, row.size)
        await database.write(lambda c: _forget_indexes(c, [row.id for row in idle]))


def _forget_indexes(connection: apsw.Connection, idle: list[int]) -> None:
    """With the lists of blocks that they alone had copies of."""
    forget_volumes(connection, idle)
    connection.execute(
        "DELETE FROM blocklist WHERE NOT EXISTS (SELECT 1 FROM block b WHERE b.hash = blocklist.hash)"
    )


def _described(reader: ZipReader) -> set[str]:
    return {name.removeprefix("vol/") for name in reader.entries if name.startswith("vol/")}


def _count_as_planned(plan: _Plan, purged: PurgeResult, deleted: DeleteResult) -> None:
    purged.removed_file_count, purged.removed_file_size = plan.removed, plan.removed_bytes
    purged.updated_file_count, purged.rewritten_file_lists = plan.updated, len(plan.rewritten)
    deleted.deleted_sets = [DeletedSet(each.number, each.fileset.stamp) for each in plan.vanishing]
