"""Packs what is left of half-empty and small volumes into new ones (spec/format.md 12.6).

Old volumes go only when the new ones are seen in a fresh listing. Killed at any point, every block is still
in at least one volume, and the next run knows of all of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence, Set
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import trio

from triplicati.engine.compact_plan import CompactPlan, compact_plan, copies_last, groups
from triplicati.engine.metering import RepackMeters
from triplicati.engine.opening import Expected
from triplicati.engine.persisted import recorded_format, staging_identity
from triplicati.engine.remote import Remote
from triplicati.engine.repacking import Repacker
from triplicati.engine.retiring import retire
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.staging import staging_folder
from triplicati.engine.stopping import StopRequest, cancel_when_now
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import VolumeWriting
from triplicati.engine.wire import PackSetup
from triplicati.errors import CorruptVolume, DestinationError
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.database import Database
from triplicati.index.filesets import unread_lists
from triplicati.index.quarantine import doubtful_volumes
from triplicati.index.usage import Usage, VolumeUse
from triplicati.index.volume_locks import locked_volumes
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.messages.results import CompactResult
from triplicati.source.metadata.native import current_caller
from triplicati.values.sizes import format_size

# A volume that could not be read when the database was built anew looks as if nothing in it were needed.
_WHY_NOT = (
    "Nothing was compacted: {} block(s) that versions need are not known to be in any volume, so none can be"
    " deleted safely. Run a backup, which stores again what the source still has; if this warning stays,"
    ' "list-broken-files" shows what is lost, and "purge-broken-files" gives it up.'
)
_UNREAD = (
    "Nothing was compacted: {0} file list(s) at the destination could not be read, for example {1}, so that"
    ' nobody knows what their versions need. "repair" reads them again; "purge-broken-files" gives them up.'
)
# Volumes that are fetched ahead of the one that is copied.
_AHEAD = 3


class _Work(msgspec.Struct):
    remote: Remote
    database: Database
    settings: UpkeepSettings
    stop: StopRequest
    result: CompactResult
    usage: Usage
    uploader: Uploader
    setup: PackSetup
    rows: dict[int, VolumeRow]
    form: VolumeFormat
    copies: Mapping[int, Set[int]]
    damaged: set[int] = msgspec.field(default_factory=set)
    begun: float = 0.0

    @property
    def meters(self) -> RepackMeters:
        return RepackMeters(self.remote.report.progress.meters)


async def compact(
    remote: Remote,
    database: Database,
    settings: UpkeepSettings,
    stop: StopRequest,
    staging: Path | None = None,
) -> CompactResult:
    """After `reconcile`. A volume that turns out to be damaged is left where it is, with a warning; while
    something is not known that a version needs, all are left, with a warning. One that has second copies of
    blocks of a volume that may be damaged is left, too. `staging` is the folder for new
    volumes of an operation that has one already.

    Raises what the destination and the database raise, and `NoVersions` for a backup without any.
    """
    report = remote.report
    result = CompactResult(main_operation="Compact", begin_time=time.time(), dryrun=settings.dry_run)
    report.phase("Looking for space to reclaim ...")
    form = await recorded_format(database)
    if unread := await database.read(unread_lists):
        report.warning("NotCompacted", _UNREAD.format(len(unread), unread[0]), unread[0])
        result.refused = True
        return _ended(remote, result)
    usage = await trio.to_thread.run_sync(Usage, database.path, DIGEST_SIZES[form.block_hash])
    try:
        if unknown := await trio.to_thread.run_sync(usage.unknown):
            report.warning("NotCompacted", _WHY_NOT.format(unknown), "")
            result.refused = True
            return _ended(remote, result)
        locked = await database.read(lambda c: locked_volumes(c, time.time()))
        volumes = [each for each in await trio.to_thread.run_sync(usage.volumes) if each.id not in locked]
        copies = await trio.to_thread.run_sync(usage.second_copies)
        doubtful = await database.read(doubtful_volumes)
        volumes = [each for each in volumes if doubtful.isdisjoint(copies.get(each.id, ()))]
        plan = compact_plan(volumes, settings.rules)
        report.log("Information", "CompactPlan", _told(plan))
        if settings.dry_run:
            _count_as_planned(plan, result)
        elif plan.unused or plan.rewritten:
            async with AsyncExitStack() as stack:
                if staging is None:
                    identity = await staging_identity(database)
                    wanted = staging_folder(remote.destination, settings.upload_folder, identity)
                    staging = await stack.enter_async_context(wanted)
                await _carry_out(
                    remote, database, settings, stop, result, usage, form, plan, copies, staging
                )
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(usage.close)
    return _ended(remote, result)


async def _carry_out(
    remote: Remote,
    database: Database,
    settings: UpkeepSettings,
    stop: StopRequest,
    result: CompactResult,
    usage: Usage,
    form: VolumeFormat,
    plan: CompactPlan,
    copies: Mapping[int, Set[int]],
    staging: Path,
) -> None:
    remote.report.phase("Compacting remote backup ...")
    progress = remote.report.progress
    progress.begin()
    progress.volumes_total = progress.files_total = len(plan.unused) + len(plan.rewritten)
    progress.bytes_total = sum(max(each.size, 0) for each in plan.rewritten)
    progress.counting = False
    writing = VolumeWriting(form, settings.encryption, remote.keys, staging, settings.level)
    work = _Work(
        remote=remote,
        database=database,
        settings=settings,
        stop=stop,
        result=result,
        usage=usage,
        uploader=Uploader(
            remote, database, writing, index_policy=settings.index_policy, list_after=False
        ),
        setup=pack_setup(settings, form, remote, staging),
        rows={row.id: row for row in await database.read(lambda c: all_volumes(c, "dblock"))},
        form=form,
        copies=copies,
        begun=trio.current_time(),
    )
    order = copies_last(plan, copies)
    if order.unused:
        await _retire(work, order.unused)
        progress.volumes_done = progress.files_done = len(order.unused)
    await trio.to_thread.run_sync(usage.choose, [each.id for each in plan.rewritten])
    size = settings.rules.volume_size
    waiting = [*groups(order.rewritten, size), *groups(order.rewritten_copies, size)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel_when_now, stop, nursery.cancel_scope)
        while waiting and not _ends(work):
            await _rewrite(work, waiting[0])
            del waiting[0]
        if order.unused_copies and not waiting:
            await _retire(work, order.unused_copies)
        nursery.cancel_scope.cancel()
    result.left = sum(map(len, waiting))
    result.interrupted = bool(waiting)
    result.uploaded_file_count, result.uploaded_file_size = work.uploader.files, work.uploader.bytes


async def _rewrite(work: _Work, group: list[VolumeUse]) -> None:
    """One group from its fetching to its deletion."""
    repacker = Repacker(work.setup)
    try:
        copied = await _copy(work, group, repacker)
        await trio.to_thread.run_sync(repacker.finish)
    except BaseException:
        repacker.abandon()  # the folder goes with what is in it
        raise
    sent: list[tuple[str, str]] = []
    with work.meters.sender():
        for packed in repacker.packed:
            await work.remote.report.go_on()
            sent.append(await work.uploader.dblock(packed))
    await _check_arrived(work, [name for names in sent for name in names if name])
    if copied:
        await _retire(work, copied)


async def _copy(work: _Work, group: list[VolumeUse], repacker: Repacker) -> list[VolumeUse]:
    """Gives those that were copied whole."""
    copied: list[VolumeUse] = []
    ahead, turn = trio.CapacityLimiter(_AHEAD), trio.Lock()

    async def one(volume: VolumeUse) -> None:
        async with ahead:
            await work.remote.report.go_on()
            row = work.rows[volume.id]
            async with AsyncExitStack() as stack:
                stack.enter_context(work.meters.member())
                with work.meters.fetch.working():
                    path = await stack.enter_async_context(work.remote.fetched(row.name, row.size))
                work.result.downloaded_file_count += 1
                work.result.downloaded_file_size += max(row.size, 0)
                async with turn:
                    if await _taken(work, row, path, repacker):
                        copied.append(volume)
        progress = work.remote.report.progress
        progress.volumes_done += 1
        progress.files_done += 1
        progress.bytes_done += max(row.size, 0)

    async with trio.open_nursery() as nursery:
        for volume in group:
            nursery.start_soon(one, volume)
    return copied


async def _taken(work: _Work, row: VolumeRow, path: Path, repacker: Repacker) -> bool:
    expected = Expected(
        row.size,
        row.hash if work.remote.check_hashes else None,
        work.form if work.remote.read_manifests else None,
    )

    def take() -> None:
        with work.meters.pack.working():
            repacker.take(path, row.name, expected, work.usage.live(row.id), work.usage.lists(row.id))

    try:
        await trio.to_thread.run_sync(take)
    except CorruptVolume as error:
        work.damaged.add(row.id)
        work.remote.report.warning("VolumeNotCompacted", f"{error} It is left as it is.", row.name)
        return False
    return True


async def _check_arrived(work: _Work, names: list[str]) -> None:
    """Raises `DestinationError` where one is not there as it was sent: nothing old is deleted then."""
    known = {row.name: row.size for row in await work.database.read(all_volumes)}
    listed = {each.name: each.size for each in await work.remote.list()}
    for name in names:
        if listed.get(name) not in (known[name], -1):
            raise DestinationError(
                reason=f"the new volume {name} is not there as it was sent, so the old ones are kept"
            )


async def _retire(work: _Work, volumes: Sequence[VolumeUse]) -> None:
    """But those that hold second copies of what a volume may have lost that was found damaged."""
    volumes = [each for each in volumes if work.damaged.isdisjoint(work.copies.get(each.id, ()))]
    if not volumes:
        return
    gone = await retire(work.remote, work.database, [each.id for each in volumes])
    work.result.deleted_file_count += len(gone)
    work.result.deleted_file_size += sum(max(row.size, 0) for row in gone)


def _ends(work: _Work) -> bool:
    settings = work.settings
    if work.stop.wanted:
        return True
    seconds, fetched = trio.current_time() - work.begun, work.result.downloaded_file_size
    if settings.budget_seconds is not None and seconds >= settings.budget_seconds:
        return True
    return settings.budget_bytes is not None and fetched >= settings.budget_bytes


def pack_setup(
    settings: UpkeepSettings, form: VolumeFormat, remote: Remote, staging: Path
) -> PackSetup:
    """How volumes are packed outside a backup: from blocks that are there, never from sources."""
    return PackSetup(
        form=form,
        caller=current_caller(),
        staging=str(staging),
        volume_size=settings.rules.volume_size,
        level=settings.level,
        encrypt=bool(settings.encryption),
        gpg=settings.encryption == "gpg",
        keys=remote.keys,
        follow_links=False,
        skip_metadata=True,
        stored_extensions=frozenset(),
        threads=1,
    )


def _ended(remote: Remote, result: CompactResult) -> CompactResult:
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    result.end_time = time.time()
    return result


def _told(plan: CompactPlan) -> str:
    unused, rewritten = len(plan.unused), len(plan.rewritten)
    if not (unused or rewritten):
        return f"Compacting: {plan.reason}"
    size = format_size(sum(max(each.size, 0) for each in (*plan.unused, *plan.rewritten)))
    return f"Compacting: {plan.reason}; to delete: {unused}, to pack anew: {rewritten} ({size} in all)"


def _count_as_planned(plan: CompactPlan, result: CompactResult) -> None:
    everything = (*plan.unused, *plan.rewritten)
    result.deleted_file_count = len(everything)
    result.deleted_file_size = sum(max(each.size, 0) for each in everything)
    result.downloaded_file_count = len(plan.rewritten)
    result.downloaded_file_size = sum(max(each.size, 0) for each in plan.rewritten)
