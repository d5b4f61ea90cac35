"""The restore: plan by volume, fetch each volume once, write aside, check, put in place (spec/format.md
11)."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import apsw
import trio

from triplicati.engine.finishing import refusal
from triplicati.engine.local_blocks import find_local_blocks
from triplicati.engine.opening import Expected, decrypted_to_file
from triplicati.engine.persisted import recorded_format
from triplicati.engine.pool import Worker, worker_count, worker_process
from triplicati.engine.remote import Remote
from triplicati.engine.restore_names import tell_changes, tell_clashes
from triplicati.engine.restore_places import check_target, free_room, missing_room
from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_select import Placed, place, raw_folders, select, select_named, undecided_names
from triplicati.engine.restore_work import Work, run_work
from triplicati.engine.settings import RestoreSettings
from triplicati.engine.temporary import prefix
from triplicati.errors import (
    CorruptVolume,
    EmptyRestoreOperation,
    InvalidMetadata,
    NoVersions,
    TriplicatiError,
)
from triplicati.formats.hashes import entry_name
from triplicati.formats.kinds import FILE, FOLDER
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.metadata import decode_metadata
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.blocks import locate_blocks
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, filesets
from triplicati.index.volumes import all_volumes
from triplicati.messages.progress import Report
from triplicati.messages.results import RestoreResult
from triplicati.source.filters import Filter, FilterRule, compile_filter, expand_patterns
from triplicati.source.names import stored_name
from triplicati.values.sizes import format_size

# A dry run names so many files.
_SHOWN = 100


async def restore(
    remote: Remote,
    database: Database,
    settings: RestoreSettings,
    look: Callable[[Plan], None] | None = None,
) -> RestoreResult:
    """What could not be restored is in the result's errors; everything else is restored nevertheless. `look`
    is called in a thread when all is in its place.

    Raises `NoVersions`, `EmptyRestoreOperation`, `RestorePathNeeded`, and before anything is written
    `RestoreTargetUnusable` and `DiskFull`; and what the destination raises for good.
    """
    report = remote.report
    if settings.target is not None:
        await trio.to_thread.run_sync(check_target, settings.target)
    result = RestoreResult(main_operation="Restore", begin_time=time.time(), dryrun=settings.dry_run)
    result.restore_path = "" if settings.target is None else str(settings.target)
    form = await recorded_format(database)
    report.progress.begin()
    report.phase("Looking for the files to restore ...")
    async with scratch_plan(remote.keys.tempdir, database.path, form) as plan, AsyncExitStack() as stack:
        nonce = secrets.token_hex(4)
        stack.push_async_exit(lambda kind, error, trace: _tidied(plan, nonce, error))
        # They start up while the plan is made.
        count = 0 if settings.dry_run else worker_count(settings.max_threads)
        workers = [await stack.enter_async_context(worker_process("write")) for _ in range(count)]
        version = await select_entries(plan, database, settings, report)
        result.version_time = version.stamp
        raw = await _raw_names(remote, database, plan, version, form)
        report.phase("Checking existing target files ...")
        placed = await trio.to_thread.run_sync(place, plan, settings, version, form.file_hash, raw)
        tell_clashes(placed.clashes, report)
        tell_changes(placed.changes, report)
        await trio.to_thread.run_sync(lambda: plan.add_needs(metadata=not settings.skip_metadata))
        _count_totals(plan, report)
        held = worker_count(settings.max_threads)
        await trio.to_thread.run_sync(count_scratch, plan, remote, placed, held)
        _check_room(placed, settings, report)
        if settings.dry_run:
            _tell_plan(plan, placed, report)
        if settings.control_files:
            await _restore_control_files(remote, database, version, settings)
        if not settings.dry_run:
            work = Work(plan=plan, remote=remote, settings=settings, form=form, nonce=nonce, result=result)
            await _carry_out(work, workers, report)
        if look is not None:
            await trio.to_thread.run_sync(look, plan)
        _conclude(plan, result, report, settings)
    result.warnings, result.errors = report.warnings, report.errors
    result.end_time = time.time()
    return result


@asynccontextmanager
async def scratch_plan(tempdir: str, index: Path, form: VolumeFormat) -> AsyncIterator[Plan]:
    """An empty plan in a file of its own, which goes with it."""
    handle, name = tempfile.mkstemp(prefix=prefix(), dir=tempdir or None)
    os.close(handle)
    try:
        plan = Plan(Path(name), index, form)
        try:
            yield plan
        finally:
            plan.close()
    finally:
        _remove([os.fsencode(name)])


async def select_entries(
    plan: Plan, database: Database, settings: RestoreSettings, report: Report
) -> Fileset:
    """The newest of the asked versions that has a matching file (spec/format.md 11.1)."""
    chosen = chosen_filter(settings)
    candidates = await candidate_versions(database, settings, report)
    for version in candidates:

        def read(connection: apsw.Connection, version: Fileset = version) -> int:
            if settings.exactly:
                return select_named(plan, connection, version.id, settings.exactly)
            return select(plan, connection, version.id, chosen, settings.largest_file)

        if await database.read(read):
            return version
    raise EmptyRestoreOperation(patterns=", ".join(settings.patterns) or "the filters")


def chosen_filter(settings: RestoreSettings) -> Filter | None:
    rules: Sequence[FilterRule] = [*expand_patterns(settings.patterns), *settings.rules]
    return compile_filter(rules, case_sensitive=settings.case_sensitive) if rules else None


async def candidate_versions(database: Database, settings: RestoreSettings, report: Report) -> list[Fileset]:
    """Newest first. A choice that fits none is a warning, and the newest is taken."""
    versions = await database.read(filesets)
    if not versions:
        raise NoVersions
    if not settings.versions and settings.time is None:
        return versions[:1]
    wanted = [
        each
        for number, each in enumerate(versions)
        if number in settings.versions or (settings.time is not None and each.stamp <= settings.time)
    ]
    if not wanted:
        report.warning("NoMatchingVersion", "No version fits the given time or number; the newest is used.")
    return wanted or versions[:1]


async def _raw_names(
    remote: Remote, database: Database, plan: Plan, version: Fileset, form: VolumeFormat
) -> dict[str, bytes]:
    """The raw names of folders by path; those of other items go into the plan. What the database cannot
    tell after a recreate is read from the metadata at the destination."""
    folders = await database.read(lambda c: raw_folders(c, version.id))
    undecided = await database.read(lambda c: undecided_names(c, version.id))
    if not undecided:
        return folders
    wanted = {path: identity for identity, path, *_ in plan.items("path LIKE '%\\%%' ESCAPE '\\'")}
    needed = [(path, digest) for path, digest in undecided if path in wanted or path.endswith("/")]
    where = await database.read(lambda c: locate_blocks(c, [digest for _, digest in needed]))
    volumes = {row.id: row for row in await database.read(lambda c: all_volumes(c, "dblock"))}
    for volume in sorted(set(where.values())):
        mine = [(path, digest) for path, digest in needed if where.get(digest) == volume]
        row = volumes[volume]
        try:
            names = await remote.read_volume(
                row.name,
                Expected(size=row.size, form=form),
                lambda reader, mine=mine: _read_names(reader, mine),  # type: ignore[misc]  # a default binds the loop's value
            )
        except TriplicatiError as error:
            remote.report.warning(error.id, str(error), row.name)
            continue
        plan.set_raw((raw, wanted[path]) for path, raw in names if path in wanted)
        folders.update((path, raw) for path, raw in names if path.endswith("/"))
    return folders


def _read_names(reader: ZipReader, wanted: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    found = []
    for path, digest in wanted:
        try:
            raw = decode_metadata(reader.read(entry_name(digest).decode())).raw_name
        except (CorruptVolume, InvalidMetadata):
            continue
        if raw is not None:
            found.append((path, raw))
    return found


async def _restore_control_files(
    remote: Remote, database: Database, version: Fileset, settings: RestoreSettings
) -> None:
    """The extra files of a version's list, by their base names, into the target folder."""
    lists = {row.id: row for row in await database.read(lambda c: all_volumes(c, "dlist"))}
    row = lists[version.dlist or 0]
    target = settings.target or Path.cwd()

    def read(reader: ZipReader) -> list[tuple[str, bytes]]:
        return [(name[6:], reader.read(name)) for name in reader.entries if name.startswith("extra/")]

    for name, content in await remote.read_volume(row.name, Expected(size=row.size), read):
        if name and os.path.basename(name) == name and name not in (".", ".."):
            if not settings.dry_run:
                await trio.to_thread.run_sync(_write_beside, target, name, content)
            remote.report.message(f"Restored the control file {target / name}")


def _write_beside(target: Path, name: str, content: bytes) -> None:
    """Through no link that was planted there."""
    target.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    with open(os.open(target / name, flags, 0o666), "wb") as file:
        file.write(content)


def _count_totals(plan: Plan, report: Report) -> None:
    files, size = plan.totals()
    report.progress.files_total, report.progress.bytes_total, report.progress.counting = files, size, False


def count_scratch(plan: Plan, remote: Remote, placed: Placed, workers: int) -> None:
    """What volumes take meanwhile: each worker has one, fetched unless it is here, and unpacked from its
    encryption where that does not fit into memory."""
    size = 0
    for _, name, length, _ in plan.volumes()[:workers]:  # the largest first
        size += 0 if remote.destination.local(name) is not None else max(length, 0)
        size += max(length, 0) if decrypted_to_file(name, length) else 0
    placed.mounts.add_scratch(remote.keys.tempdir, size)


def _check_room(placed: Placed, settings: RestoreSettings, report: Report) -> None:
    """Raises `DiskFull`; of a dry run it is a warning."""
    if settings.ignore_free_space:
        return
    for error in missing_room(placed.mounts.all()):
        if not settings.dry_run:
            raise error
        report.warning(error.id, str(error))


def _tell_plan(plan: Plan, placed: Placed, report: Report) -> None:
    shown = plan.first_waiting(_SHOWN)
    for path, target, overwrites in shown:
        place = os.fsdecode(target)
        taken = " in place of what is there" if overwrites else ""
        line = f"[Dryrun]: Would restore {stored_name(path)} to {stored_name(place)}{taken}"
        report.message(line, "DryRun")
    if len(shown) == _SHOWN:
        report.message("[Dryrun]: ... and more; the counts below are of all", "DryRun")
    for mount in filter(lambda each: each.needed > 0, placed.mounts.all()):
        free, needed = free_room(mount.folder), format_size(max(mount.needed - mount.replaced, 0))
        room = f"{format_size(free)} are free" if free < 1 << 62 else "the free room is not told"
        where = stored_name(os.fsdecode(mount.folder))
        report.message(f"[Dryrun]: Would need {needed} on the disk of {where}; {room}", "DryRun")


def _remove(paths: Iterable[bytes]) -> None:
    for path in paths:
        Path(os.fsdecode(path)).unlink(missing_ok=True)


async def _carry_out(work: Work, workers: Sequence[Worker], report: Report) -> None:
    plan = work.plan
    try:
        await trio.to_thread.run_sync(_make_partials, work)
        if work.settings.local_blocks:
            report.phase("Looking for blocks on this machine ...")
            found = await trio.to_thread.run_sync(find_local_blocks, plan, work.partials)
            report.message(f"{found} bytes were found on this machine.")
        report.phase("Fetching and writing files ...")
        await run_work(work, workers)
    finally:
        _remove(work.partials.values())


async def _tidied(plan: Plan, nonce: str, error: BaseException | None) -> bool:
    """After the workers have ended: one that was killed leaves the file it was writing."""
    if error is not None:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(
                _remove_asides, plan, b".triplicati-%b-" % nonce.encode(), time.monotonic() + 1
            )
    return False


def _remove_asides(plan: Plan, prefix: bytes, deadline: float) -> None:
    for folder in plan.folders_in_work():
        if time.monotonic() > deadline:
            return
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if name.startswith(prefix):
                    os.unlink(os.path.join(folder, name))


def _make_partials(work: Work) -> None:
    """A file of the right size beside each larger target, sparse until it is written unless its room is to be
    reserved. Raises `DiskFull`."""
    made = work.partials
    broken: list[tuple[int, str]] = []
    for identity, target, size in work.plan.larger_files():
        folder = target[: target.rfind(b"/") + 1]
        partial = folder + b".triplicati-%b-%d" % (work.nonce.encode(), identity)
        try:
            os.makedirs(folder, exist_ok=True)
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            made[identity] = partial
            try:
                os.truncate(handle, size)
                # Elsewhere no file has holes unless it is asked for, or nobody can be asked.
                if sys.platform == "linux" and work.settings.preallocate and size:
                    os.posix_fallocate(handle, 0, size)
            finally:
                os.close(handle)
        except OSError as error:
            broken.append((identity, refusal(error, target)))
    work.plan.give_up(broken)


def _conclude(plan: Plan, result: RestoreResult, report: Report, settings: RestoreSettings) -> None:
    for path, reason in plan.broken():
        result.broken_files.append(path)
        report.error("RestoreFileFailed", f"{path} could not be restored: {reason}", path)
    counts = plan.counts()
    result.restored_files = counts.get((FILE, True), 0)
    result.unmodified_files = counts.get((FILE, False), 0)
    result.restored_folders = sum(count for (kind, _), count in counts.items() if kind == FOLDER)
    result.restored_symlinks = sum(count for (kind, _), count in counts.items() if kind not in (FILE, FOLDER))
    result.size_of_restored_files = plan.restored_bytes()
    if settings.dry_run:
        result.restored_files, result.size_of_restored_files = plan.totals()
