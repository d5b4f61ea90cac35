"""The extra files inside a file list (spec/format.md 3.1): which there are, and fetching them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import trio

from triplicati.engine.listing import Version
from triplicati.engine.opening import Expected
from triplicati.engine.remote import Remote
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.database import Database
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.messages.results import FileLine

_FOLDER = "extra/"


async def list_control_files(
    remote: Remote, database: Database, versions: Sequence[Version], accepts: Callable[[str], bool]
) -> list[FileLine]:
    """By name, with their sizes in each of the versions. `accepts` is asked with a separator in front."""
    lists = {row.id: row for row in await database.read(lambda c: all_volumes(c, "dlist"))}
    sizes: dict[str, dict[int, int]] = {}
    for version in versions:
        row = lists.get(version.fileset.dlist or 0)
        if row is None:
            continue
        for name, size in await remote.read_volume(row.name, Expected(size=row.size), _names):
            if accepts(f"/{name}"):
                sizes.setdefault(name, {})[version.number] = size
    return [FileLine(name, sizes[name]) for name in sorted(sizes)]


async def fetch_control_files(remote: Remote, row: VolumeRow, folder: Path) -> list[Path]:
    """Puts those of one file list into `folder`, an empty one, under their base names.

    Raises what fetching and opening a volume raises.
    """

    found = await read_control_files(remote, row)
    return await write_control_files(folder, found) if found else []


async def read_control_files(remote: Remote, row: VolumeRow) -> list[tuple[str, bytes]]:
    """Those of one file list, by base names that can be names of files. Raises as `fetch_control_files`."""

    def read(reader: ZipReader) -> list[tuple[str, bytes]]:
        named = [(os.path.basename(name), f"{_FOLDER}{name}") for name, _ in _names(reader)]
        return [(name, reader.read(entry)) for name, entry in named if name not in ("", ".", "..")]

    return await remote.read_volume(row.name, Expected(size=row.size), read)


async def write_control_files(folder: Path, found: Sequence[tuple[str, bytes]]) -> list[Path]:
    """Over what has such a name there, but through no link that was planted there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

    def write() -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        named = {folder / name: content for name, content in found}
        for path, content in named.items():
            with open(os.open(path, flags, 0o666), "wb") as file:
                file.write(content)
        return list(named)

    return await trio.to_thread.run_sync(write)


def _names(reader: ZipReader) -> list[tuple[str, int]]:
    return [
        (name.removeprefix(_FOLDER), entry.size)
        for name, entry in reader.entries.items()
        if name.startswith(_FOLDER) and name != _FOLDER
    ]
