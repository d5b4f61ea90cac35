"""The tree of all versions, read from the local database piece by piece.

``<version>/<path as stored>``; paths of Windows have their drive's letter first. Links have no place here:
what they lead to is in the tree itself, if it was backed up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import cast

import apsw

from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.index.filesets import Fileset, filesets
from triplicati.index.paths import Found, behind, children, roots
from triplicati.index.rows import VISIBLE, Row, named_rows
from triplicati.mounting.entries import Entry, FileNode, FolderNode, Node, seconds
from triplicati.mounting.names import LATEST, top_of, usable, version_names
from triplicati.mounting.reading import Index

# Entries that one read gives: some ten milliseconds, and less than a megabyte once they are written out.
PIECE = 1_000
_MANY = 500
_UNIX = "/"


class VersionTree:
    """`chosen` are the stamps of the versions to show, None for all, those to come too."""

    def __init__(self, index: Index, chosen: Collection[int] | None = None) -> None:
        self._index = index
        self._chosen = chosen

    async def find(self, names: Sequence[str]) -> Node | None:
        """What has this path in the tree; the folder of all versions for no names."""
        return await self._index.read(lambda c: _find(c, self._versions(c), names))

    async def listing(self, folder: FolderNode, start: str = "") -> tuple[list[Entry], str | None]:
        """What lies in `folder`, at most some thousand, and where to go on."""
        if folder.version is None:
            versions = await self._index.read(self._versions)
            return [_version_entry(name, each) for name, each in versions.items()], None
        version, stamp = folder.version, folder.entry.modified
        return await self._index.read(lambda c: _listing(c, version, stamp, folder.path, start))

    def _versions(self, connection: apsw.Connection) -> dict[str, Fileset]:
        """By the names of their folders, newest first, and the newest once more."""
        found = [
            each for each in filesets(connection) if self._chosen is None or each.stamp in self._chosen
        ]
        by_stamp = {each.stamp: each for each in found}
        named = {name: by_stamp[stamp] for name, stamp in version_names(by_stamp).items()}
        return {**named, **({LATEST: found[0]} if found else {})}


def _find(connection: apsw.Connection, versions: dict[str, Fileset], names: Sequence[str]) -> Node | None:
    if not names:
        newest = max((each.stamp for each in versions.values()), default=0)
        return FolderNode(Entry("", True, -1, newest), None, "")
    version = versions.get(names[0])
    if version is None or not all(map(usable, names)):
        return None
    top = FolderNode(_version_entry(names[0], version), version.id, "")
    return top if len(names) == 1 else _find_stored(connection, version, names[1:])


def _find_stored(connection: apsw.Connection, version: Fileset, names: Sequence[str]) -> Node | None:
    windows = _windows_tops(connection, version.id)
    base = windows.get(names[0], _UNIX)
    inner = names[1:] if names[0] in windows else names
    if not inner:
        return _folder(connection, version, names[-1], base)
    path = base + base[-1].join(inner)
    for row in named_rows(connection, version.id, [path]):
        if row.kind == FILE:
            return FileNode(_file_entry(names[-1], row, version.stamp), version.id, row)
    return _folder(connection, version, names[-1], path + base[-1])


def _folder(connection: apsw.Connection, version: Fileset, name: str, path: str) -> FolderNode | None:
    """A folder that has content may have no row of its own."""
    modified = version.stamp
    for row in named_rows(connection, version.id, [path]):
        modified = seconds(row.mtime, version.stamp)
        break
    else:
        query = f"SELECT 1 FROM entry WHERE path > :path AND path < :end AND {VISIBLE} LIMIT 1"
        values = {"path": path, "end": behind(path), "version": version.id}
        if connection.execute(query, values).fetchone() is None:
            return None
    return FolderNode(Entry(name, True, -1, modified), version.id, path)


def _listing(
    connection: apsw.Connection, version: int, stamp: int, folder: str, start: str
) -> tuple[list[Entry], str | None]:
    if folder:
        return _children(connection, version, stamp, folder, start)
    found, after = _children(connection, version, stamp, _UNIX, start)
    if not start:
        found += [Entry(name, True, -1, stamp) for name in _windows_tops(connection, version)]
    return found, after


def _children(
    connection: apsw.Connection, version: int, stamp: int, folder: str, start: str
) -> tuple[list[Entry], str | None]:
    rows, after = children(connection, [version], folder, start, PIECE)
    named = [(row[0][len(folder) :].removesuffix(folder[-1]), row) for row in rows if row[1] != SYMLINK]
    shown = [(name, row) for name, row in named if usable(name)]
    digests = _digests(connection, version, [row[0] for _, row in shown if row[1] == FILE])
    return [_entry(name, row, stamp, digests) for name, row in shown], after


def _entry(name: str, row: Found, stamp: int, digests: dict[str, bytes | None]) -> Entry:
    path, kind, size, mtime, *_ = row
    modified = seconds(mtime, stamp)
    if kind == FOLDER:
        return Entry(name, True, -1, modified)
    return Entry(name, False, size, modified, digests.get(path))


def _digests(connection: apsw.Connection, version: int, paths: Sequence[str]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for start in range(0, len(paths), _MANY):
        some = paths[start : start + _MANY]
        marks = ",".join("?" * len(some))
        query = f"SELECT path, hash FROM entry WHERE path IN ({marks}) AND since <= ? AND until > ?"
        rows = connection.execute(query, (*some, version, version))
        found.update(cast("Iterable[tuple[str, bytes | None]]", rows))
    return found


def _windows_tops(connection: apsw.Connection, version: int) -> dict[str, str]:
    """name -> stored folder; none in a backup of any other system."""
    beyond = f"SELECT 1 FROM entry WHERE (path < '/' OR path >= '0') AND {VISIBLE} LIMIT 1"
    if connection.execute(beyond, {"version": version}).fetchone() is None:
        return {}
    tops: dict[str, str] = {}
    start: str | None = ""
    while start is not None:
        found, start = roots(connection, version, start)
        for root in found:
            if root.endswith("\\"):
                name, folder = top_of(root)
                tops.setdefault(name, folder)
    return {name: folder for name, folder in tops.items() if usable(name)}


def _version_entry(name: str, version: Fileset) -> Entry:
    return Entry(name, True, -1, version.stamp)


def _file_entry(name: str, row: Row, stamp: int) -> Entry:
    return Entry(name, False, max(row.size, 0), seconds(row.mtime, stamp), row.hash)
