"""A file list, compared with the version that the local database has of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import apsw

from triplicati.engine.listed import is_safe_path, listed_time, row_of
from triplicati.engine.verify_content import Inside
from triplicati.formats.dlist import decode_fileset, decode_list
from triplicati.formats.kinds import FILE
from triplicati.index.rows import Row, read_rows
from triplicati.messages.results import Finding

_PIECE = 2000


def check_dlist(inside: Inside) -> Iterator[Finding]:
    """Paths, sizes, times of files and hashes. Raises `CorruptVolume`.

    A sum that does not depend on the order tells whether all is well; only then, if not, is each path
    compared.
    """
    connection, reader = inside.connection, inside.reader
    found = connection.execute(
        "SELECT id, full FROM fileset WHERE dlist = ? AND complete", (inside.row.id,)
    ).fetchone()
    full = decode_fileset(reader.read("fileset"), inside.row.name) if "fileset" in reader else True
    listed = _summed(inside, _listed(inside))
    if found is None:
        return  # a list that could not be read when the database was made
    version, recorded_full = cast("tuple[int, int]", found)
    if full != bool(recorded_full):
        yield Finding("Modified", "fileset")
    if listed != _summed(inside, read_rows(connection, version)):
        yield from _differences(inside, version)


def _listed(inside: Inside) -> Iterator[Row]:
    """Those that a database made of the list would hold."""
    name = inside.row.name
    for entries in decode_list(inside.reader.chunks("filelist.json"), name):
        inside.tick()
        for entry in entries:
            row = row_of(entry, name, inside.form) if is_safe_path(entry.path) else None
            if row is not None:
                yield row


def _summed(inside: Inside, rows: Iterable[Row]) -> tuple[int, int]:
    count = total = 0
    for row in rows:
        count += 1
        total += hash((row.path, _mark(row)))
        if count % _PIECE == 0:
            inside.tick()
    return count, total


def _mark(row: Row) -> int:
    """Of all that a list says of a path, each thing said in one way only."""
    file = row.kind == FILE
    blockhash = None if row.blocklists or row.size <= 0 or row.blockhash == row.hash else row.blockhash
    metablockhash = None if row.metablocklists or row.metablockhash == row.metahash else row.metablockhash
    return hash(
        (
            row.kind,
            row.size if file else -1,
            listed_time(row.mtime) if file else 0,
            row.hash if file else None,
            blockhash if file else None,
            row.blocklists if file else None,
            row.metahash,
            row.metasize,
            metablockhash,
            row.metablocklists,
        )
    )


def _differences(inside: Inside, version: int) -> Iterator[Finding]:
    """By way of a scratch file, for a list may be longer than what memory is meant for."""
    scratch = apsw.Connection("")
    try:
        scratch.execute("PRAGMA journal_mode = OFF").fetchall()
        scratch.execute(
            "BEGIN; CREATE TABLE listed (path TEXT PRIMARY KEY, mark INTEGER NOT NULL) WITHOUT ROWID"
        )
        scratch.executemany(
            "INSERT OR REPLACE INTO listed VALUES (?, ?)",
            ((row.path, _mark(row)) for row in _listed(inside)),
        )
        for number, row in enumerate(read_rows(inside.connection, version)):
            if number % _PIECE == 0:
                inside.tick()
            mark = scratch.execute("SELECT mark FROM listed WHERE path = ?", (row.path,)).get
            if mark is None:
                yield Finding("Missing", row.path)
            else:
                if mark != _mark(row):
                    yield Finding("Modified", row.path)
                scratch.execute("DELETE FROM listed WHERE path = ?", (row.path,))
        rows = scratch.execute("SELECT path FROM listed ORDER BY path")
        yield from (Finding("Extra", cast("str", path)) for (path,) in rows)
    finally:
        scratch.close()
