"""Files that are kept for a time, such as bug reports: the table ``TempFile``. The files are the caller's."""

from __future__ import annotations

import apsw

from triplicati.config.server.rows import Row, all_rows, changed_rows, one_row, text, whole
from triplicati.messages.records import TemporaryFile

_COLUMNS = "ID, Origin, Path, Timestamp, Expires"


def add(connection: apsw.Connection, origin: str, path: str, timestamp: int, expires: int) -> int:
    changed_rows(
        connection,
        "INSERT INTO TempFile (Origin, Path, Timestamp, Expires) VALUES (?, ?, ?, ?)",
        origin,
        path,
        timestamp,
        expires,
    )
    return connection.last_insert_rowid()


def get(connection: apsw.Connection, number: int) -> TemporaryFile | None:
    row = one_row(connection, f"SELECT {_COLUMNS} FROM TempFile WHERE ID = ?", number)
    return None if row is None else _file(row)


def expired(connection: apsw.Connection, now: int) -> list[TemporaryFile]:
    found = all_rows(connection, f"SELECT {_COLUMNS} FROM TempFile WHERE Expires <= ? ORDER BY ID", now)
    return [_file(row) for row in found]


def remove(connection: apsw.Connection, number: int) -> bool:
    return changed_rows(connection, "DELETE FROM TempFile WHERE ID = ?", number) > 0


def _file(row: Row) -> TemporaryFile:
    return TemporaryFile(whole(row[0]), text(row[1]), text(row[2]), whole(row[3]), whole(row[4]))
