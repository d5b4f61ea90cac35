"""Errors of the server and of failed tasks: the table ``ErrorLog`` (spec/server.md 8.1)."""

from __future__ import annotations

import apsw

from triplicati.config.server.rows import all_rows, changed_rows, text, whole
from triplicati.messages.records import ErrorRecord


def add(
    connection: apsw.Connection, backup_id: str | None, message: str, exception: str, timestamp: int
) -> None:
    changed_rows(
        connection,
        "INSERT INTO ErrorLog (BackupID, Message, Exception, Timestamp) VALUES (?, ?, ?, ?)",
        _stored_id(backup_id),
        message,
        exception,
        timestamp,
    )


def errors(
    connection: apsw.Connection, before: int | None, limit: int, backup_id: str | None
) -> list[ErrorRecord]:
    """Newest first; those older than `before` (Unix seconds)."""
    found = all_rows(
        connection,
        "SELECT BackupID, Message, Exception, Timestamp FROM ErrorLog"
        " WHERE (?1 IS NULL OR Timestamp < ?1) AND (?2 IS NULL OR BackupID = ?2)"
        " ORDER BY Timestamp DESC, rowid DESC LIMIT ?3",
        before,
        _stored_id(backup_id),
        limit,
    )
    return [
        ErrorRecord(None if row[0] is None else text(row[0]), text(row[1]), text(row[2]), whole(row[3]))
        for row in found
    ]


def clear(connection: apsw.Connection, backup_id: str | None) -> int:
    """Those of one backup, or all."""
    return changed_rows(
        connection, "DELETE FROM ErrorLog WHERE ?1 IS NULL OR BackupID = ?1", _stored_id(backup_id)
    )


def purge(connection: apsw.Connection, oldest: int) -> int:
    return changed_rows(connection, "DELETE FROM ErrorLog WHERE Timestamp < ?", oldest)


def _stored_id(backup_id: str | None) -> int | str | None:
    """A number, as other programs look for it; the id of a backup in memory is no number."""
    if backup_id is not None and backup_id.isascii() and backup_id.isdigit():
        return int(backup_id)
    return backup_id or None
