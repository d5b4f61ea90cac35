"""What changed between two versions, from the local database alone (spec/cli.md 1.3)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

import apsw

from triplicati.engine.listing import Accepts, Version
from triplicati.errors import TooFewVersions
from triplicati.index.database import Database
from triplicati.messages.results import CompareResult

_PIECE = 5_000
# Duplicati shows this many of each kind.
SHOWN = 11

_Row = tuple[str, int, int, int, bytes | None, bytes, int]


def choose_pair(
    versions: Sequence[Version], base: int | float | None, target: int | float | None
) -> tuple[Version, Version]:
    """The version nearest to `base`, and of the others the one nearest to `target`.

    Both are a number (int) or a time in Unix seconds (float); None is the one before the newest, and the
    newest. Raises `TooFewVersions`.
    """
    if len(versions) < 2:
        raise TooFewVersions
    first = _nearest(versions, 1 if base is None else base)
    return first, _nearest([each for each in versions if each is not first], 0 if target is None else target)


async def compare(
    database: Database, base: Version, target: Version, accepts: Accepts, *, limit: int | None = SHOWN
) -> CompareResult:
    """Counts of what was added, modified and deleted, and the first `limit` paths of each of these.

    A path counts as modified when its content or its metadata differ.
    """
    result = CompareResult(
        main_operation="ListChanges", begin_time=time.time(), base=base.line, target=target.line
    )
    after: tuple[str, int] | None = ("", -1)
    held: list[_Row] = []
    while after is not None:
        rows, after = await database.read(
            lambda c, start=after: _piece(c, base.fileset.id, target.fileset.id, start)  # type: ignore[misc]  # a default binds the loop's value
        )
        for row in rows:
            if held and held[0][0] != row[0]:
                _judge(held, accepts, result, limit)
                held = []
            held.append(row)
    if held:
        _judge(held, accepts, result, limit)
    result.end_time = time.time()
    return result


def _nearest(versions: Sequence[Version], wanted: int | float) -> Version:
    if isinstance(wanted, float):
        return min(versions, key=lambda each: abs(each.fileset.stamp - wanted))
    return min(versions, key=lambda each: abs(each.number - wanted))


def _piece(
    connection: apsw.Connection, base: int, target: int, start: tuple[str, int]
) -> tuple[list[_Row], tuple[str, int] | None]:
    """Rows that only one of the two versions shows."""
    query = (
        "SELECT path, since, kind, size, hash, metahash, since <= ?4 AND until > ?4 FROM entry"
        " WHERE (path, since) > (?1, ?2) AND (since <= ?3 AND until > ?3) <> (since <= ?4 AND until > ?4)"
        " ORDER BY path, since LIMIT ?5"
    )
    rows = cast("list[_Row]", connection.execute(query, (*start, base, target, _PIECE)).fetchall())
    return rows, (rows[-1][0], rows[-1][1]) if len(rows) == _PIECE else None


def _judge(rows: list[_Row], accepts: Accepts, result: CompareResult, limit: int | None) -> None:
    """All rows of one path."""
    path = rows[0][0]
    if not accepts(path):
        return
    old = next((row for row in rows if not row[6]), None)
    new = next((row for row in rows if row[6]), None)
    if old is not None and new is not None and old[2] == new[2]:
        if old[2:6] != new[2:6]:
            _note(path, new[2], result.modified, result.modified_counts, limit)
        return
    if old is not None:
        _note(path, old[2], result.deleted, result.deleted_counts, limit)
    if new is not None:
        _note(path, new[2], result.added, result.added_counts, limit)


def _note(path: str, kind: int, paths: list[str], counts: list[int], limit: int | None) -> None:
    counts[kind] += 1
    if limit is None or len(paths) < limit:
        paths.append(path)
