"""`triplicati recover list`: the versions in a folder of volumes, and the entries of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from triplicati.engine.listed import row_of
from triplicati.errors import CorruptVolume
from triplicati.formats.dlist import decode_fileset, decode_list
from triplicati.formats.kinds import FILE
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.rows import Row
from triplicati.recover.folder import Version, VolumeFolder, open_plain
from triplicati.recover.reasons import reason_of
from triplicati.source.filters import Filter
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local

Tell = Callable[[str], object]
LIST = "filelist.json"
_START = 8


class Problems(msgspec.Struct):
    """What cannot be used of a list: entries that make no sense, and why it breaks off, "" where it does
    not."""

    entries: int = 0
    broken_off: str = ""


def entries(
    reader: ZipReader, name: str, form: VolumeFormat, chosen: Filter | None, problems: Problems
) -> Iterator[Row]:
    """Those of a version that the filter accepts, in the order of the list; as many as can be read."""
    problems.entries, problems.broken_off = 0, ""
    try:
        for batch in decode_list(list_parts(reader), name):
            for entry in batch:
                try:
                    row = row_of(entry, name, form)
                except CorruptVolume:
                    problems.entries += 1
                    continue
                if row is not None and (chosen is None or chosen.accepts(row.path)):
                    yield row
    except CorruptVolume as error:
        problems.broken_off = reason_of(error)


def list_parts(reader: ZipReader) -> Iterator[bytes]:
    """The file list. Its start is a part of its own: of one that breaks off in its first part nothing could
    be decoded else."""
    for number, part in enumerate(reader.chunks(LIST)):
        if number == 0:
            yield part[:_START]
            part = part[_START:]  # noqa: PLW2901
        if part:
            yield part


def tell_problems(problems: Problems, tell: Tell) -> None:
    if problems.entries:
        tell(f"{problems.entries} entries of the list make no sense and were left out.")
    if problems.broken_off:
        tell(f"The list breaks off, so entries are missing: {problems.broken_off}.")


def list_versions(folder: VolumeFolder, tell: Tell) -> bool:
    """Whether all of them can be read."""
    versions = folder.versions()
    whole = bool(versions)
    if not versions:
        tell("There is no list of a version here, so nothing is known of files.")
    for each in versions:
        mark = ""
        try:
            with open_plain(folder.path / each.name) as reader:
                full = decode_fileset(reader.read("fileset"), each.name) if "fileset" in reader else True
            mark = "" if full else " (partial)"
        except (CorruptVolume, OSError) as error:
            mark, whole = f" (cannot be read: {reason_of(error)})", False
        tell(f"{each.number}: {format_local(each.stamp)}{mark}")
    return whole


def list_entries(folder: VolumeFolder, version: Version, chosen: Filter | None, tell: Tell) -> bool:
    """One line for each; whether the whole list could be read. Raises `CorruptVolume`, `OSError`."""
    problems = Problems()
    with open_plain(folder.path / version.name) as reader:
        for row in entries(reader, version.name, folder.form(reader), chosen, problems):
            tell(f"{row.path} ({format_size(row.size)})" if row.kind == FILE else row.path)
    tell_problems(problems, tell)
    return problems == Problems()
