"""The backup, from the state of the destination to the uploaded list (spec/format.md 9.1)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

import msgspec
import trio

from triplicati.engine.after_backup import afterwards
from triplicati.engine.filelist import upload_filelist
from triplicati.engine.healing import heal
from triplicati.engine.known_blocks import KnownBlocks
from triplicati.engine.mending import Mended, mend
from triplicati.engine.persisted import check_persisted, staging_identity
from triplicati.engine.pipeline import Run, run_pipeline
from triplicati.engine.pool import worker_count
from triplicati.engine.preview import preview
from triplicati.engine.quota import check_quota
from triplicati.engine.reconcile import has_open_intents
from triplicati.engine.recording import Recorder, count_gone
from triplicati.engine.remote import Remote
from triplicati.engine.settings import UPLOADS, BackupSettings
from triplicati.engine.staging import staging_folder
from triplicati.engine.stopping import StopRequest
from triplicati.engine.temporary import fitting, free_bytes
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import VolumeWriting
from triplicati.engine.walking import WalkPlan, marks_asked, plan_walk, start_walk, telling
from triplicati.errors import VersionInFuture
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.index.database import Database
from triplicati.index.filesets import add_fileset, drop_fileset, end_unreached, filesets, has_entries
from triplicati.index.settings import (
    MARKS_ASKED,
    REREAD,
    read_settings,
    remove_setting,
    write_settings,
)
from triplicati.index.volumes import all_volumes
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.source.rules import Elsewhere
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_stamp

# Duplicati refuses to go on beside a version that is this many seconds ahead of the clock.
_PATIENCE = 5
# Runs that follow each other within a second get ahead of it; they wait before it comes to that.
_LEAD = 3


async def backup(
    remote: Remote,
    database: Database,
    settings: BackupSettings,
    stop: StopRequest,
    after_upload: Callable[[BackupResult], Awaitable[None]] | None = None,
) -> BackupResult:
    """One version more, unless nothing changed. `after_upload` is awaited before the destination is checked.

    Raises the errors of the destination, the database and the sources; cancelling it is an abort, after
    which the next run goes on from there.
    """
    report = remote.report
    result = BackupResult(main_operation="Backup", begin_time=time.time(), dryrun=settings.dry_run)
    staged = remote.destination.staging
    plan = plan_walk(
        settings, report, database=database.path, destination=staged.parent if staged is not None else None
    )
    if settings.dry_run:
        versions = await database.read(filesets)
        newest = versions[0].id if versions else 0
        recorded = await database.read(read_settings)
        marks = marks_asked(settings, recorded, newest, verbose=report.verbose)
        walk = start_walk(plan, report, marks=marks, decide=telling(report))
        await preview(database, settings, walk, newest, report, result)
        result.warnings, result.errors, result.end_time = report.warnings, report.errors, time.time()
        return result
    await check_persisted(remote, database, settings)
    report.phase("Checking remote backup ...")
    mended = Mended()
    # What an interrupted run left can be told from what arrived only by looking.
    if settings.verify_destination or await database.read(has_open_intents):
        mended = await mend(remote, database, foreign_is_fine=settings.tolerates_foreign)
    recorded = await database.read(read_settings)
    rereads = REREAD in recorded
    if rereads:
        settings = msgspec.structs.replace(settings, check="always")
    identity = await staging_identity(database)
    async with staging_folder(remote.destination, settings.upload_folder, identity) as staging:
        uploads = settings.uploads or (remote.uploads.most if remote.uploads is not None else UPLOADS)
        settings = _within_room(msgspec.structs.replace(settings, uploads=uploads), staging, report)
        writing = VolumeWriting(settings.form, settings.encryption, remote.keys, staging, settings.level)
        uploader = Uploader(
            remote,
            database,
            writing,
            index_policy=settings.index_policy,
            list_after=settings.list_after_upload,
        )
        await heal(database, uploader, writing, settings, report)
        stamp = await _next_stamp(database)
        base = await database.read(filesets)
        fileset = await database.write(lambda c: add_fileset(c, stamp), durable=True)
        run = Run(
            database=database,
            settings=settings,
            report=report,
            stop=stop,
            recorder=Recorder(database, fileset, report, result),
            uploader=uploader,
            known=await KnownBlocks.of(database, DIGEST_SIZES[settings.form.block_hash]),
            keys=remote.keys,
            staging=staging,
            base=base[0].id if base else 0,
        )
        report.progress.begin()
        report.phase("Scanning source files ...")
        marks = marks_asked(settings, recorded, run.base, verbose=report.verbose)
        if marks == "none" and MARKS_ASKED in recorded:
            await database.write(lambda c: remove_setting(c, MARKS_ASKED))
        async with _snapshots(settings, plan, remote) as elsewhere:
            walk = start_walk(plan, report, marks=marks, elsewhere=elsewhere, decide=telling(report))
            await run_pipeline(run, walk)
        _count(run, result)
        report.phase("Storing the list of the version ...")
        await _conclude(run, writing, fileset, stamp, result)
        if run.complete:
            if after_upload is not None:
                await after_upload(result)
            await afterwards(
                remote, database, settings, staging, result, stop, mended.foreign, rereads=rereads
            )
    result.files_uploaded, result.bytes_uploaded = uploader.files, uploader.bytes
    await _count_known(database, result)
    await check_quota(remote, settings.quota, result)
    if not run.totals.files and settings.rules and not walk.named:
        report.warning("NoFilesInBackup", "No file was examined: check the sources and filters.")
    if run.complete and not walk.named:
        if rereads:
            await database.write(lambda c: remove_setting(c, REREAD))
        if marks == "all":
            asked = str(run.base if result.unchanged else fileset)
            await database.write(lambda c: write_settings(c, {MARKS_ASKED: asked}))
    result.warnings, result.errors = report.warnings, report.errors
    result.end_time = time.time()
    return result


def _snapshots(
    settings: BackupSettings, plan: WalkPlan, remote: Remote
) -> AbstractAsyncContextManager[Elsewhere]:
    if settings.snapshots == "Off":
        return nullcontext(Elsewhere())
    from triplicati.engine.snapshots import Wanted, source_snapshots  # noqa: PLC0415 - seldom needed

    follow = settings.symlinks == "Follow"
    wanted = Wanted(settings.snapshots, plan.roots, follow, remote.keys.tempdir)
    return source_snapshots(wanted, remote.report)


def _within_room(settings: BackupSettings, staging: Path, report: Report) -> BackupSettings:
    """Fewer workers and uploads where their volumes would not fit."""
    free, size = free_bytes(staging), settings.volume_size
    before = worker_count(settings.max_threads), settings.uploads
    workers, uploads = fitting(free, size, *before)
    if (workers, uploads) == before:
        return settings
    room = f"There are {format_size(free)} free in {staging} for volumes of up to {format_size(size)}"
    if free < 3 * size:
        report.warning(
            "TempSpaceLow",
            f"{room}. The backup may not fit; use --tempdir, --asynchronous-upload-folder or a smaller"
            " --dblock-size.",
        )
    else:
        report.message(f"{room}, so fewer are made at a time.")
    return msgspec.structs.replace(settings, max_threads=workers, uploads=uploads)


async def _next_stamp(database: Database) -> int:
    """The start of the operation in whole seconds, moved on where a version has that name (1.3)."""
    newest = max((each.stamp for each in await database.read(filesets)), default=0)
    ahead = newest - time.time()
    if ahead > _PATIENCE:
        raise VersionInFuture(time=format_stamp(newest))
    if ahead > _LEAD:
        await trio.sleep(ahead - _LEAD)
    return max(int(time.time()), newest + 1)


async def _conclude(run: Run, writing: VolumeWriting, fileset: int, stamp: int, result: BackupResult) -> None:
    """Uploads the list, or takes the pending version back where it would say nothing new."""
    settings, database = run.settings, run.database
    if not run.complete:
        if not settings.changed:  # otherwise what was not looked at stays as it was
            unreached, reached = run.recorder.not_reached, run.reached
            await database.write(lambda c: end_unreached(c, fileset, reached, unreached))
        result.partial_backup = True
        if not await database.read(lambda c: has_entries(c, fileset)):
            await database.write(lambda c: drop_fileset(c, fileset))
            return
    if not run.recorder.changes and run.complete and run.base and not settings.upload_unchanged:
        await database.write(lambda c: drop_fileset(c, fileset))
        result.unchanged = True
        return
    result.version_time = await upload_filelist(
        database,
        run.uploader,
        writing,
        fileset,
        stamp,
        full=run.complete,
        control_files=settings.control_files,
    )


def _count(run: Run, result: BackupResult) -> None:
    totals = run.totals
    result.examined_files = totals.files
    result.size_of_examined_files = totals.bytes
    count_gone(result, totals.gone)


async def _count_known(database: Database, result: BackupResult) -> None:
    volumes = await database.read(all_volumes)
    result.known_file_count = len(volumes)
    result.known_file_size = sum(max(row.size, 0) for row in volumes)
    versions = await database.read(filesets)
    result.known_filesets = len(versions)
    result.newest_version_time = versions[0].stamp if versions else 0
