"""Finding entries along the index of paths: a folder's content, single paths, all paths in order.

Each function is one bounded piece of work. Versions are ids of filesets; a row counts when one of them shows
it. Paths sort by their bytes, so all that lies in a folder stands together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import cast

import apsw

from triplicati.formats.kinds import FOLDER

# Entries that one call gives; it holds a reader for some ten milliseconds.
PIECE = 5_000

# path, kind, size, mtime, since, until
Found = tuple[str, int, int, int, int, int]

_COLUMNS = "path, kind, size, mtime, since, until"
_SEEN = "since <= ? AND until > ?"


def paths_in_order(
    connection: apsw.Connection, versions: Sequence[int], start: tuple[str, int], end: str | None, limit: int
) -> tuple[list[Found], tuple[str, int] | None]:
    """Rows behind `start`, a path and its `since`, and before the path `end`; and where to go on."""
    query = (
        f"SELECT {_COLUMNS} FROM entry WHERE (path, since) > (?, ?) AND {_SEEN}"
        f"{'' if end is None else ' AND path < ?'} ORDER BY path, since LIMIT ?"
    )
    bounds = () if end is None else (end,)
    rows = _rows(connection.execute(query, (*start, *_outer(versions), *bounds, limit)))
    after = (rows[-1][0], rows[-1][4]) if len(rows) == limit else None
    ordered = sorted(versions)
    return [row for row in rows if _shown(row, ordered)], after


def children(
    connection: apsw.Connection, versions: Sequence[int], folder: str, start: str = "", limit: int = PIECE
) -> tuple[list[Found], str | None]:
    """Rows of what lies directly in `folder`, from the path `start` on, and where to go on.

    What lies deeper is jumped over. A folder that has content but no row of its own, as filters can leave it,
    gets one for each version.
    """
    found: list[Found] = []
    ordered = sorted(versions)
    query = f"SELECT {_COLUMNS} FROM entry WHERE path >= ? AND path < ? AND {_SEEN} ORDER BY path, since"
    at = max(start, folder + "\x01")  # behind the row of the folder itself
    while True:
        rows = cast("Iterable[Found]", connection.execute(query, (at, behind(folder), *_outer(versions))))
        for row in rows:
            if not _shown(row, ordered):
                continue
            child = row[0][: (row[0].find(folder[-1], len(folder)) + 1) or None]
            if not found or found[-1][0] != child:
                if len(found) >= limit:
                    return found, child
                found += [row] if child == row[0] else _unlisted(connection, versions, child)
            elif child == row[0]:
                found.append(row)
            if child != row[0]:
                at = behind(child)
                break
        else:
            return found, None


def roots(
    connection: apsw.Connection, version: int, start: str = "", limit: int = PIECE
) -> tuple[list[str], str | None]:
    """Folders that all paths from `start` on lie in, and where to go on; one may lie in a later one."""
    query = (
        "SELECT path, kind FROM entry WHERE path >= ?1 AND since <= ?2 AND until > ?2 ORDER BY path LIMIT 1"
    )
    found: list[str] = []
    while len(found) < limit:
        row = cast("tuple[str, int] | None", connection.execute(query, (start, version)).fetchone())
        if row is None:
            return found, None
        path, kind = row
        found.append(path if kind == FOLDER else path[: path.rfind(separator_of(path)) + 1] or path)
        start = behind(found[-1])
    return found, start


def rows_of_paths(connection: apsw.Connection, paths: Sequence[str]) -> dict[str, list[Found]]:
    """All rows of each of some hundred paths."""
    query = f"SELECT {_COLUMNS} FROM entry WHERE path IN ({','.join('?' * len(paths))}) ORDER BY path, since"
    found = _rows(connection.execute(query, paths))
    return {path: list(same) for path, same in groupby(found, key=lambda row: row[0])}


def behind(folder: str) -> str:
    """The smallest text that sorts after all paths in a folder."""
    return folder[:-1] + chr(ord(folder[-1]) + 1)


def separator_of(path: str) -> str:
    """That of the system the path comes from."""
    return "/" if path.startswith("/") else "\\"


def with_separator(folder: str) -> str:
    return folder if folder.endswith(("/", "\\")) else folder + separator_of(folder)


def _unlisted(connection: apsw.Connection, versions: Sequence[int], folder: str) -> list[Found]:
    query = f"SELECT 1 FROM entry WHERE path >= ? AND path < ? AND {_SEEN} LIMIT 1"
    return [
        (folder, FOLDER, -1, 0, each, each + 1)
        for each in sorted(versions)
        if connection.execute(query, (folder, behind(folder), each, each)).fetchone()
    ]


def _outer(versions: Sequence[int]) -> tuple[int, int]:
    """The values for `_SEEN` that let through what any of the versions may show."""
    return max(versions, default=-1), min(versions, default=0)


def _shown(row: Found, ordered: Sequence[int]) -> bool:
    first = bisect_left(ordered, row[4])
    return first < len(ordered) and ordered[first] < row[5]


def _rows(cursor: Iterable[object]) -> list[Found]:
    return cast("list[Found]", list(cursor))
