"""Versions, newest last; the newest has number 0 for the user."""

from __future__ import annotations

from typing import cast

import apsw
import msgspec

from triplicati.index.schema import OPEN_END


class Fileset(msgspec.Struct, frozen=True):
    """`stamp` in Unix seconds; `dlist` the id of its volume; `complete` once its list is uploaded."""

    id: int
    stamp: int
    dlist: int | None
    complete: bool
    full: bool
    files: int
    bytes: int


_COLUMNS = "id, stamp, dlist, complete, full, files, bytes"


def filesets(connection: apsw.Connection, *, complete: bool = True) -> list[Fileset]:
    """Newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM fileset WHERE complete = ? ORDER BY stamp DESC", (complete,)
    )
    return [_fileset(row) for row in rows]


def without_list(connection: apsw.Connection) -> list[Fileset]:
    """Complete versions whose list is not at the destination, oldest first: a repair that did not come to its
    end has left them, and they are to be sent again."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM fileset WHERE complete = 1"
        " AND coalesce(dlist, 0) NOT IN (SELECT id FROM volume WHERE kind = 'dlist') ORDER BY stamp"
    )
    return [_fileset(row) for row in rows]


def unread_lists(connection: apsw.Connection) -> list[str]:
    """Names of lists at the destination that could not be read, oldest first: what their versions need is
    not known."""
    rows = connection.execute(
        "SELECT name FROM volume WHERE kind = 'dlist' AND state IN ('Uploaded', 'Verified')"
        " AND id NOT IN (SELECT dlist FROM fileset WHERE dlist IS NOT NULL) ORDER BY name"
    )
    return [cast("str", row[0]) for row in rows]


def add_fileset(
    connection: apsw.Connection, stamp: int, *, complete: bool = False, full: bool = False
) -> int:
    """Ids rise with time: `since` and `until` of the rows rely on it."""
    connection.execute(
        "INSERT INTO fileset (id, stamp, complete, full, files, bytes) VALUES"
        " ((SELECT coalesce(max(n), 0) + 1 FROM (SELECT max(id) AS n FROM fileset UNION ALL"
        " SELECT max(since) FROM entry UNION ALL SELECT max(until) FROM entry WHERE until < ?1)),"
        " ?2, ?3, ?4, 0, 0)",
        (OPEN_END, stamp, complete, full),
    )
    return connection.last_insert_rowid()


def expect_dlist(connection: apsw.Connection, fileset: int, dlist: int, *, full: bool) -> None:
    """The list of a pending version is on its way: should it arrive after all, the version is what it
    says."""
    connection.execute("UPDATE fileset SET dlist = ?, full = ? WHERE id = ?", (dlist, full, fileset))


def finish_fileset(connection: apsw.Connection, fileset: int, dlist: int, stamp: int, *, full: bool) -> None:
    connection.execute(
        "UPDATE fileset SET dlist = ?2, complete = 1, full = ?3, stamp = ?4,"
        " files = (SELECT count(*) FROM entry WHERE kind = 0 AND since <= ?1 AND until > ?1),"
        " bytes = (SELECT coalesce(sum(size), 0) FROM entry WHERE kind = 0 AND since <= ?1 AND until > ?1)"
        " WHERE id = ?1",
        (fileset, dlist, full, stamp),
    )


def drop_fileset(connection: apsw.Connection, fileset: int) -> None:
    """Takes a version back that never was: what it changed looks again as before."""
    connection.execute("DELETE FROM entry WHERE since = ?", (fileset,))
    connection.execute("UPDATE entry SET until = ? WHERE until = ?", (OPEN_END, fileset))
    connection.execute("DELETE FROM fileset WHERE id = ?", (fileset,))


def delete_filesets(connection: apsw.Connection, deleted: list[int]) -> None:
    """Removes versions and the rows that no remaining version shows."""
    connection.executemany("DELETE FROM fileset WHERE id = ?", ((each,) for each in deleted))
    newest = connection.execute("SELECT max(id) FROM fileset").get
    if newest is None:
        connection.execute("DELETE FROM entry")
        return
    connection.execute("DELETE FROM entry WHERE since > ?", (newest,))
    connection.execute("UPDATE entry SET until = ? WHERE until > ?", (OPEN_END, newest))
    connection.execute(
        "DELETE FROM entry WHERE NOT EXISTS"
        " (SELECT 1 FROM fileset f WHERE f.id >= entry.since AND f.id < entry.until)"
    )


def _fileset(row: object) -> Fileset:
    identity, stamp, dlist, complete, full, files, size = cast(
        "tuple[int, int, int | None, int, int, int, int]", row
    )
    return Fileset(identity, stamp, dlist, bool(complete), bool(full), files, size)


def has_entries(connection: apsw.Connection, fileset: int) -> bool:
    query = "SELECT 1 FROM entry WHERE since <= ?1 AND until > ?1 LIMIT 1"
    return connection.execute(query, (fileset,)).fetchone() is not None


def end_unreached(connection: apsw.Connection, fileset: int, reached: str, unreached: list[str]) -> None:
    """A partial version holds what was visited: paths behind `reached`, and those in `unreached`, are not in
    it."""
    connection.execute(
        f"UPDATE entry SET until = ?1 WHERE until = {OPEN_END} AND since < ?1 AND path > ?2",
        (fileset, reached),
    )
    connection.executemany(
        f"UPDATE entry SET until = ?1 WHERE until = {OPEN_END} AND since < ?1 AND path = ?2",
        ((fileset, path) for path in unreached),
    )
