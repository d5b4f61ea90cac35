"""What differs between two versions, path by path, from the local database alone (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Literal, cast

import apsw
import msgspec

from triplicati.index.database import Database

_PIECE = 5_000

Kind = Literal["added", "modified", "deleted"]


class Change(msgspec.Struct, frozen=True):
    """`entry` is the kind of entry (`formats.kinds`); sizes in bytes, -1 for all but files and where the
    version has none. With `content`, what is in it differs and not its metadata alone."""

    path: str
    kind: Kind
    entry: int
    old_size: int
    new_size: int
    content: bool


class _Row(msgspec.Struct, frozen=True, array_like=True):
    path: str
    since: int
    kind: int
    size: int
    hash: bytes | None
    metahash: bytes
    newer: int

    @property
    def look(self) -> tuple[int, bytes | None, bytes]:
        return self.size, self.hash, self.metahash


async def each_change(
    database: Database,
    base: int,
    target: int,
    take: Callable[[list[Change]], object],
    first: str = "",
    end: str | None = None,
) -> None:
    """Gives `take` what differs between the filesets `base` and `target`, from the path `first` to the one
    before `end`, in order of the paths and in pieces. Something that became another kind of entry is deleted
    and added. `take` works in a thread: filters of a user may be slow."""
    after: tuple[str, int] | None = (first, -1)
    held: list[_Row] = []
    while after is not None:

        def look(
            connection: apsw.Connection, start: tuple[str, int] = after, held: list[_Row] = held
        ) -> tuple[list[_Row], tuple[str, int] | None]:
            rows, following = _piece(connection, base, target, start, end)
            rows = held + rows
            # The rows of the last path may go on in the next piece.
            last = rows[-1].path if following else None
            whole = [row for row in rows if row.path != last]
            if changes := list(_changes(whole)):
                take(changes)
            return [row for row in rows if row.path == last], following

        held, after = await database.read(look)


def _piece(
    connection: apsw.Connection, base: int, target: int, start: tuple[str, int], end: str | None
) -> tuple[list[_Row], tuple[str, int] | None]:
    """Rows that only one of the two versions shows."""
    query = (
        "SELECT path, since, kind, size, hash, metahash, since <= ?4 AND until > ?4 FROM entry"
        " WHERE (path, since) > (?1, ?2) AND (?6 IS NULL OR path < ?6)"
        " AND (since <= ?3 AND until > ?3) <> (since <= ?4 AND until > ?4)"
        " ORDER BY path, since LIMIT ?5"
    )
    found = connection.execute(query, (*start, base, target, _PIECE, end)).fetchall()
    rows = [_Row(*cast("tuple[str, int, int, int, bytes | None, bytes, int]", row)) for row in found]
    return rows, (rows[-1].path, rows[-1].since) if len(rows) == _PIECE else None


def _changes(rows: Iterable[_Row]) -> Iterator[Change]:
    for path, same in groupby(rows, key=lambda row: row.path):
        forms = list(same)
        old = next((row for row in forms if not row.newer), None)
        new = next((row for row in forms if row.newer), None)
        if old is not None and new is not None and old.kind == new.kind:
            if old.look != new.look:
                content = (old.size, old.hash) != (new.size, new.hash)
                yield Change(path, "modified", new.kind, old.size, new.size, content)
            continue
        if old is not None:
            yield Change(path, "deleted", old.kind, old.size, -1, True)
        if new is not None:
            yield Change(path, "added", new.kind, -1, new.size, True)
