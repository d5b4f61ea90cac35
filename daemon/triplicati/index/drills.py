"""When files of each version were last restored for trial, and how that went.

As what is known of tested volumes: the tables are made by whoever writes first, a version takes its record
with it, and after a lost database nothing is proven.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, cast

import apsw
import msgspec

from triplicati.formats.kinds import FILE
from triplicati.index.rows import VISIBLE

Outcome = Literal["good", "damaged"]

_TABLES = """
CREATE TABLE IF NOT EXISTS drill (
    fileset INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    damaged INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS drilled (
    path TEXT NOT NULL,
    since INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (path, since)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS drill_goes AFTER DELETE ON fileset BEGIN
    DELETE FROM drill WHERE fileset = old.id;
END;
"""
# So many files are remembered, those of the last drills: before that, a file counts as never restored.
_REMEMBERED = 10_000

FileKey = tuple[str, int]
"""A path and the version since which it looks so: a file that did not change is one in all its versions."""


class Drill(msgspec.Struct, frozen=True):
    """`fileset` by its id, `time` in Unix seconds; `files` and `bytes` that came back as recorded, and how
    many files did not."""

    fileset: int
    time: int
    outcome: Outcome
    files: int
    bytes: int
    damaged: int


class FileChoice(msgspec.Struct, frozen=True):
    """A file that can be restored for trial. `size` in bytes, `mtime` in ns, `raw` as in `Row`."""

    path: str
    since: int
    size: int
    mtime: int
    raw: bytes | None

    @property
    def key(self) -> FileKey:
        return self.path, self.since


def record_drill(connection: apsw.Connection, drill: Drill, files: Iterable[FileKey]) -> None:
    """The last drill of a version counts, and the last time of a file."""
    connection.execute(_TABLES)
    connection.execute(
        "INSERT OR REPLACE INTO drill (fileset, time, outcome, files, bytes, damaged)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(drill),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO drilled (path, since, time) VALUES (?, ?, ?)",
        ((path, since, drill.time) for path, since in files),
    )
    connection.execute(
        "DELETE FROM drilled WHERE NOT EXISTS"
        " (SELECT 1 FROM entry e WHERE e.path = drilled.path AND e.since = drilled.since)"
    )
    connection.execute(
        "DELETE FROM drilled WHERE (path, since) IN"
        " (SELECT path, since FROM drilled ORDER BY time DESC, path LIMIT -1 OFFSET ?)",
        (_REMEMBERED,),
    )


def read_drills(connection: apsw.Connection) -> dict[int, Drill]:
    """By the ids of the versions."""
    if not _has_tables(connection):
        return {}
    rows = connection.execute("SELECT fileset, time, outcome, files, bytes, damaged FROM drill")
    found = (Drill(*row) for row in cast("Iterable[tuple[int, int, Outcome, int, int, int]]", rows))
    return {each.fileset: each for each in found}


def drilled_files(connection: apsw.Connection) -> dict[FileKey, int]:
    """When those files were last restored for trial that are remembered."""
    if not _has_tables(connection):
        return {}
    rows = cast("Iterable[tuple[str, int, int]]", connection.execute("SELECT path, since, time FROM drilled"))
    return {(path, since): time for path, since, time in rows}


def files_to_drill(connection: apsw.Connection, version: int, largest: int) -> Iterator[FileChoice]:
    """The files of a version that have content, of `largest` bytes at most, in the order of their paths."""
    rows = connection.execute(
        f"SELECT path, since, size, mtime, raw FROM entry WHERE {VISIBLE} AND kind = {FILE}"
        " AND size BETWEEN 1 AND :largest ORDER BY path",
        {"version": version, "largest": largest},
    )
    return (FileChoice(*row) for row in cast("Iterable[tuple[str, int, int, int, bytes | None]]", rows))


def _has_tables(connection: apsw.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'drill'"
    return connection.execute(query).fetchone() is not None
