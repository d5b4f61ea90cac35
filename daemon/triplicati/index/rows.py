"""What one row of a version says, and reading and writing many of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import apsw
import msgspec

from triplicati.formats.kinds import FILE
from triplicati.index.schema import OPEN_END

COLUMNS = (
    "path, kind, size, mtime, ctime, hash, blockhash, blocklists,"
    " metahash, metasize, metablockhash, metablocklists, raw"
)
VISIBLE = "since <= :version AND until > :version"


class Row(msgspec.Struct, array_like=True, gc=False):
    """One path in one version.

    `size` in bytes (-1 for folders and links), times in ns (0 unknown). `hash` is the file hash; `blockhash`
    the hash of the only block where there is one; `blocklists` the concatenated digests of the blocklists
    where there are several. The metadata fields say the same of the metadata blob. `raw` is the last name's
    own bytes where the path shows an escape.
    """

    path: str
    kind: int
    size: int
    mtime: int
    ctime: int
    hash: bytes | None
    blockhash: bytes | None
    blocklists: bytes | None
    metahash: bytes
    metasize: int
    metablockhash: bytes | None
    metablocklists: bytes | None
    raw: bytes | None = None


def read_rows(connection: apsw.Connection, version: int, condition: str = "1") -> Iterator[Row]:
    """The rows of a version in the order of their paths as UTF-8 bytes."""
    query = f"SELECT {COLUMNS} FROM entry WHERE {VISIBLE} AND {condition} ORDER BY path"
    found = cast("Iterable[tuple[Any, ...]]", connection.execute(query, {"version": version}))
    return (Row(*values) for values in found)


def named_rows(connection: apsw.Connection, version: int, paths: Iterable[str]) -> Iterator[Row]:
    """The rows that a version has of these paths."""
    query = f"SELECT {COLUMNS} FROM entry WHERE {VISIBLE} AND path = :path"
    for path in paths:
        rows = connection.execute(query, {"version": version, "path": path})
        for values in cast("Iterable[tuple[Any, ...]]", rows):
            yield Row(*values)


SMALL_FILE = (
    "hash IS NOT NULL AND blockhash IS NULL AND blocklists IS NULL"
    " AND metablockhash IS NULL AND metablocklists IS NULL"
)


def small_files(
    connection: apsw.Connection, version: int, first: int, last: int
) -> Iterator[tuple[str, bytes, int, int, bytes, int]]:
    """(path, hash, size, time, metahash, metasize) of the files that need no other field, in path order.

    `time` is in whole seconds, not below `first` nor above `last`.
    """
    query = (
        "SELECT path, hash, size, min(max((mtime - (mtime % :ns + :ns) % :ns) / :ns, :first), :last),"
        f" metahash, metasize FROM entry WHERE {VISIBLE} AND kind = {FILE} AND {SMALL_FILE} ORDER BY path"
    )
    values = {"version": version, "ns": 1_000_000_000, "first": first, "last": last}
    return cast("Iterator[tuple[str, bytes, int, int, bytes, int]]", connection.execute(query, values))


def insert_rows(connection: apsw.Connection, version: int, rows: Iterable[Row]) -> None:
    connection.executemany(
        f"INSERT OR REPLACE INTO entry (since, until, {COLUMNS})"
        f" VALUES (?, {OPEN_END}, {','.join('?' * 13)})",
        ((version, *msgspec.structs.astuple(row)) for row in rows),
    )


def end_rows(connection: apsw.Connection, version: int, paths: Iterable[str]) -> None:
    """These paths look different, or are gone, from `version` on."""
    connection.executemany(
        f"UPDATE entry SET until = ? WHERE path = ? AND until = {OPEN_END} AND since < ?",
        ((version, path, version) for path in paths),
    )
