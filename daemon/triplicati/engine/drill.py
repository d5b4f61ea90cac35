"""The restore drill: some files of a version are restored from the destination, for trial, and compared with
what was recorded and with the source.

It goes the way of every restore, into a scratch folder that is removed afterwards, and takes no block from
this machine.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import apsw
import msgspec
import trio

from triplicati.engine.drill_choice import choose_files, choose_versions
from triplicati.engine.drill_compare import Compared, compare
from triplicati.engine.persisted import recorded_format
from triplicati.engine.remote import Remote
from triplicati.engine.restore import restore
from triplicati.engine.restore_plan import Plan
from triplicati.engine.settings import DrillSettings, RestoreSettings
from triplicati.engine.stopping import StopRequest, cancel_when_now
from triplicati.engine.temporary import free_bytes, prefix
from triplicati.errors import DiskFull, NoVersions, RemoteFileMissing
from triplicati.index.bulk import stoppable
from triplicati.index.database import Database
from triplicati.index.drills import (
    Drill,
    FileChoice,
    drilled_files,
    files_to_drill,
    read_drills,
    record_drill,
)
from triplicati.index.filesets import Fileset, filesets
from triplicati.messages.progress import Event, Report
from triplicati.messages.results import DrilledVersion, DrillFinding
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local

# Seconds for removing what was restored when it has to end.
_CLEARING = 2.0


class _Drilled(msgspec.Struct):
    """What one drill found: `unreached` are texts of errors of the destination, which say nothing of the
    backup; `volumes` were fetched."""

    compared: Compared
    unreached: frozenset[str]
    volumes: int


async def drill(
    remote: Remote, database: Database, settings: DrillSettings, stop: StopRequest
) -> list[DrilledVersion]:
    """One drill for each chosen version. What did not come back as recorded is in the report's errors too,
    and what was drilled has its record in the database.

    Raises `NoVersions`, `DiskFull` where the scratch folder has too little room, and what a restore raises.
    """
    random = Random(settings.seed)
    report = remote.report
    report.phase("Choosing files to restore ...")
    known = await database.read(filesets)
    if not known:
        raise NoVersions
    numbers = {version.id: number for number, version in enumerate(known)}
    drills = await database.read(read_drills)
    done: list[DrilledVersion] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel_when_now, stop, nursery.cancel_scope)
        for version in choose_versions(_wanted(known, settings, report), drills, settings.drills, random):
            if stop.wanted:
                break
            files = await database.read(partial(_choose, version.id, settings, random))
            if not files:
                _tell_nothing(report, version, settings)
                continue
            number = numbers[version.id]
            done.append(await _drill_version(remote, database, version, number, files, settings))
        nursery.cancel_scope.cancel()
    return done


def _wanted(known: Sequence[Fileset], settings: DrillSettings, report: Report) -> Sequence[Fileset]:
    if not settings.versions and settings.time is None:
        return known
    found = [
        version
        for number, version in enumerate(known)
        if number in settings.versions or (settings.time is not None and version.stamp <= settings.time)
    ]
    if not found:
        report.warning("NoMatchingVersion", "No version fits the given time or number; any may be taken.")
    return found or known


def _choose(
    version: int, settings: DrillSettings, random: Random, connection: apsw.Connection
) -> list[FileChoice]:
    with stoppable(connection):
        drilled = drilled_files(connection)
        files = files_to_drill(connection, version, settings.size)
        return choose_files(files, drilled, settings.files, settings.size, random)


async def _drill_version(
    remote: Remote,
    database: Database,
    version: Fileset,
    number: int,
    files: Sequence[FileChoice],
    settings: DrillSettings,
) -> DrilledVersion:
    async with _scratch_folder(remote.keys.tempdir, sum(each.size for each in files)) as folder:
        drilled = await _restored(remote, database, number, files, settings, folder)
    found = _outcome(version, number, drilled)
    _tell(remote.report, found)
    if found.files or found.damaged:
        record = Drill(
            version.id,
            int(time.time()),
            "damaged" if found.damaged else "good",
            found.files,
            found.bytes,
            len(found.damaged),
        )
        left_out = {each.path for each in found.unreached}
        keys = [each.key for each in files if each.path not in left_out]
        await database.write(lambda c: record_drill(c, record, keys))
    return found


async def _restored(
    remote: Remote,
    database: Database,
    number: int,
    files: Sequence[FileChoice],
    settings: DrillSettings,
    folder: Path,
) -> _Drilled:
    chosen = {each.path: each for each in files}
    file_hash = (await recorded_format(database)).file_hash
    quiet = _quiet(remote.report)
    seen: list[Compared] = []

    def look(plan: Plan) -> None:
        seen.append(compare(plan, chosen, file_hash))

    wanted = RestoreSettings(
        versions=(number,),
        exactly=tuple(chosen),
        target=folder / "files",
        keep_whole_paths=True,
        max_threads=settings.max_threads,
        rest=settings.rest,
    )
    quiet.progress.volumes_done = 0
    result = await restore(msgspec.structs.replace(remote, report=quiet), database, wanted, look)
    unreached = {
        each.text for each in quiet.errors if each.id not in ("RestoreFileFailed", RemoteFileMissing.__name__)
    }
    return _Drilled(seen[0], frozenset(unreached), result.volumes_fetched)


def _quiet(report: Report) -> Report:
    """The same progress; but errors are told with the version they are of, and what concerns only the scratch
    folder, as attributes that it cannot hold, is for the log."""

    def passed_on(event: Event) -> None:
        if event.kind == "warning":
            report.log("Verbose", event.id, event.text)
        elif event.kind != "error":
            report.event(event)

    quiet = Report(passed_on)
    quiet.progress, quiet.hold = report.progress, report.hold
    return quiet


def _outcome(version: Fileset, number: int, drilled: _Drilled) -> DrilledVersion:
    compared = drilled.compared
    findings = [DrillFinding(path, reason) for path, reason in compared.broken]
    return DrilledVersion(
        version=number,
        time=version.stamp,
        files=compared.files,
        bytes=compared.bytes,
        volumes=drilled.volumes,
        compared_with_source=compared.sources,
        damaged=[each for each in findings if each.problem not in drilled.unreached],
        unreached=[each for each in findings if each.problem in drilled.unreached],
        source_differs=compared.changed,
    )


def _tell(report: Report, found: DrilledVersion) -> None:
    which = f"version {found.version} ({format_local(found.time)})"
    for each in found.damaged:
        text = (
            f"{each.path} of {which} cannot be restored as it was recorded: {each.problem.rstrip('.')}."
            ' "verify all" finds the damaged volumes; the next backup stores again what the source still has.'
        )
        report.error("DrillFileDamaged", text, each.path)
    for each in found.unreached:
        text = f"{each.path} of {which} could not be fetched, which proves nothing: {each.problem}"
        report.error("DrillFileUnreached", text, each.path)
    for path in found.source_differs:
        text = (
            f"{path} differs from {which}, although its time and size are the same: it was changed without a"
            " trace, or the disk that it lies on is failing. Compare it with a restored copy."
        )
        report.warning("SourceDiffers", text, path)


def _tell_nothing(report: Report, version: Fileset, settings: DrillSettings) -> None:
    which = f"The version of {format_local(version.stamp)}"
    text = (
        f"{which} has no file with content of at most {format_size(settings.size)}, so none of it was"
        " restored. Allow more with --drill-size."
        if version.bytes
        else f"{which} has no file with content, so there was nothing to restore for trial."
    )
    report.warning("NothingToDrill", text)


@asynccontextmanager
async def _scratch_folder(tempdir: str, size: int) -> AsyncIterator[Path]:
    """Of this user alone, with room for so many bytes. Raises `DiskFull`."""
    parent = Path(tempdir or tempfile.gettempdir())
    free = await trio.to_thread.run_sync(free_bytes, parent)
    if size > free:
        reason = (
            f"the drill restores {format_size(size)} and {format_size(free)} are free. Give another folder"
            " with --tempdir, or restore less with --drill-size"
        )
        raise DiskFull(path=parent, reason=reason)
    folder = await trio.to_thread.run_sync(lambda: tempfile.mkdtemp(prefix=prefix(), dir=parent))
    try:
        yield Path(folder)
    finally:
        with trio.CancelScope(shield=True), trio.move_on_after(_CLEARING):
            remove = partial(shutil.rmtree, folder, ignore_errors=True)
            await trio.to_thread.run_sync(remove, abandon_on_cancel=True)
