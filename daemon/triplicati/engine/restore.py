"""The restore: plan by volume, fetch each volume once, write aside, check, put in place (spec/format.md
11)."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import apsw
import trio

from triplicati.engine.local_blocks import find_local_blocks
from triplicati.engine.opening import Expected
from triplicati.engine.persisted import recorded_format
from triplicati.engine.pool import Worker, worker_count, worker_process
from triplicati.engine.remote import Remote
from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_select import place, raw_folders, select, undecided_names
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


async def restore(remote: Remote, database: Database, settings: RestoreSettings) -> RestoreResult:
    """What could not be restored is in the result's errors; everything else is restored nevertheless.

    Raises `NoVersions`, `EmptyRestoreOperation`, `RestorePathNeeded`, and what the destination raises for
    good.
    """
    report = remote.report
    result = RestoreResult(main_operation="Restore", begin_time=time.time(), dryrun=settings.dry_run)
    result.restore_path = "" if settings.target is None else str(settings.target)
    form = await recorded_format(database)
    report.phase("Looking for the files to restore ...")
    async with _scratch(remote.keys.tempdir, database.path, form) as plan, AsyncExitStack() as stack:
        nonce = secrets.token_hex(4)
        stack.push_async_exit(lambda kind, error, trace: _tidied(plan, nonce, error))
        # They start up while the plan is made.
        count = 0 if settings.dry_run else worker_count(settings.max_threads)
        workers = [await stack.enter_async_context(worker_process("write")) for _ in range(count)]
        version = await _select(plan, database, settings, report)
        result.version_time = version.stamp
        if settings.control_files:
            await _restore_control_files(remote, database, version, settings)
        raw = await _raw_names(remote, database, plan, version, form)
        report.phase("Checking existing target files ...")
        await trio.to_thread.run_sync(place, plan, settings, version, form.file_hash, raw)
        await trio.to_thread.run_sync(lambda: plan.add_needs(metadata=not settings.skip_metadata))
        _count_totals(plan, report)
        if not settings.dry_run:
            work = Work(plan=plan, remote=remote, settings=settings, form=form, nonce=nonce, result=result)
            await _carry_out(work, workers, report)
        _conclude(plan, result, report, settings)
    result.warnings, result.errors = report.warnings, report.errors
    result.end_time = time.time()
    return result


@asynccontextmanager
async def _scratch(tempdir: str, index: Path, form: VolumeFormat) -> AsyncIterator[Plan]:
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


async def _select(plan: Plan, database: Database, settings: RestoreSettings, report: Report) -> Fileset:
    """The newest of the asked versions that has a matching file (spec/format.md 11.1)."""
    chosen = _filter(settings)
    candidates = await candidate_versions(database, settings, report)
    for version in candidates:

        def read(connection: apsw.Connection, version: Fileset = version) -> int:
            return select(plan, connection, version.id, chosen, settings.largest_file)

        if await database.read(read):
            return version
    raise EmptyRestoreOperation(patterns=", ".join(settings.patterns) or "the filters")


def _filter(settings: RestoreSettings) -> Filter | None:
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


def _remove(paths: Iterable[bytes]) -> None:
    for path in paths:
        Path(os.fsdecode(path)).unlink(missing_ok=True)


async def _carry_out(work: Work, workers: Sequence[Worker], report: Report) -> None:
    plan = work.plan
    try:
        work.partials.update(await trio.to_thread.run_sync(_make_partials, work))
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


def _make_partials(work: Work) -> dict[int, bytes]:
    """A file of the right size, sparse until it is written, beside each larger target."""
    made: dict[int, bytes] = {}
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
            finally:
                os.close(handle)
        except OSError as error:
            broken.append((identity, error.strerror or str(error)))
    work.plan.give_up(broken)
    return made


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
