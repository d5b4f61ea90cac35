"""Versions and their paths, from the file lists of a destination."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import trio

from triplicati.engine.listed import is_safe_path, rows_of
from triplicati.engine.metering import ReadMeters
from triplicati.engine.reading_ahead import Reading, Stage, Wanted, read_ahead
from triplicati.engine.remote import Remote
from triplicati.errors import CorruptVolume, TriplicatiError
from triplicati.formats.dlist import decode_fileset, decode_list
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import parse_name
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.bulk import stoppable
from triplicati.index.database import Database
from triplicati.index.filesets import add_fileset, finish_fileset
from triplicati.index.recreating import load_version
from triplicati.index.rows import Row
from triplicati.index.volumes import set_state


async def load_lists(remote: Remote, database: Database, lists: list[Wanted], form: VolumeFormat) -> None:
    """Oldest first, for rows tell from which version up to which a path looked so. Each version is there for
    others to read as soon as its list is loaded; a bad list is an error and its version is left out. Of two
    of one time, as a change of encryption that was cut off leaves them, one is to be deleted."""
    loaded: dict[int, tuple[int, int]] = {}
    bad: list[tuple[Wanted, TriplicatiError]] = []
    differing: set[str] = set()

    def work(wanted: Wanted, reader: ZipReader) -> None:
        stamp, content = _stamp(wanted), _content(reader)
        if stamp not in loaded:
            _load(remote, database, wanted, reader, form)
            loaded[stamp] = content
        elif loaded[stamp] == content:
            trio.from_thread.run(database.write, lambda c: set_state(c, [wanted.name], "Deleting"))
        else:
            differing.add(wanted.name)
            raise CorruptVolume(name=wanted.name, reason="there is another list of the same time")

    def failed(wanted: Wanted, error: TriplicatiError) -> None:
        bad.append((wanted, error))

    stage = Stage(remote, "reading lists of versions", lists)
    await read_ahead(Reading(remote, form, stage, work, failed), lists, in_turn=True)
    for wanted, error in bad:
        damaged = isinstance(error, CorruptVolume) and wanted.name not in differing
        if damaged and _stamp(wanted) in loaded:
            remote.report.warning(error.id, f"{error} Its version has another list.", wanted.name)
            await database.write(lambda c, wanted=wanted: set_state(c, [wanted.name], "Deleting"))  # type: ignore[misc]  # a default binds the loop's value
        else:
            remote.report.error(error.id, f"{error} This version is left out.", wanted.name)


def _load(
    remote: Remote, database: Database, wanted: Wanted, reader: ZipReader, form: VolumeFormat
) -> None:
    """In a thread. What is in the list is read while it is recorded, a piece at a time."""
    stamp = _stamp(wanted)
    unsafe: list[str] = []

    def batches() -> Iterator[list[Row]]:
        for entries in decode_list(reader.chunks("filelist.json"), wanted.name):
            trio.from_thread.check_cancelled()
            safe = [entry for entry in entries if is_safe_path(entry.path)]
            if len(safe) != len(entries):
                unsafe.extend(entry.path for entry in entries if not is_safe_path(entry.path))
            yield rows_of(safe, wanted.name, form)

    def transaction(connection: apsw.Connection) -> None:
        full = decode_fileset(reader.read("fileset"), wanted.name) if "fileset" in reader else True
        with stoppable(connection):
            fileset = add_fileset(connection, stamp, full=full)
            load_version(connection, fileset, batches())
            finish_fileset(connection, fileset, wanted.id, stamp, full=full)

    with ReadMeters(remote.report.progress.meters).record.working():
        trio.from_thread.run(database.write, transaction)
    for path in unsafe:
        trio.from_thread.run_sync(_tell_unsafe, remote, wanted.name, path)


def _stamp(wanted: Wanted) -> int:
    name = parse_name(wanted.name)
    return (name.stamp if name is not None else None) or 0


def _content(reader: ZipReader) -> tuple[int, int]:
    """What tells whether two lists are the same."""
    entry = reader.entries.get("filelist.json")
    return (0, 0) if entry is None else (entry.crc, entry.size)


def _tell_unsafe(remote: Remote, name: str, path: str) -> None:
    remote.report.warning(
        "HostilePath", f"The path {path!r} in {name} is not absolute and was left out.", path
    )
