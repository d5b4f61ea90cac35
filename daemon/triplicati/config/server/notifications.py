"""Notifications shown in the page and the tray (spec/server.md 8.5)."""

from __future__ import annotations

from typing import Literal

import apsw
import msgspec

from triplicati.config.server.field_cipher import FieldCipher
from triplicati.config.server.rows import Row, Value, all_rows, changed_rows, one_row, text, whole
from triplicati.config.server.settings import set_server_settings
from triplicati.messages.records import Notification

Replace = Literal["backup", "action"]
_COLUMNS = (
    "ID, Type, Title, Message, Exception, BackupID, Action, Timestamp, LogEntryID, MessageID, MessageLogTag"
)
_FLAGS = {"unacked-error": "Error", "unacked-warning": "Warning"}


def notifications(connection: apsw.Connection) -> list[Notification]:
    """In the order they were added."""
    return [_notification(row) for row in all_rows(connection, f"{_select()} ORDER BY ID")]


def notification(connection: apsw.Connection, number: int) -> Notification | None:
    row = one_row(connection, f"{_select()} WHERE ID = ?", number)
    return None if row is None else _notification(row)


def add(
    connection: apsw.Connection, cipher: FieldCipher, added: Notification, replace: Replace | None
) -> int:
    """The number given to it; its own is not looked at. `replace` takes away the newest of the same
    backup, or all with the same action."""
    if replace == "backup":
        changed_rows(
            connection,
            "DELETE FROM Notification WHERE ID = (SELECT max(ID) FROM Notification WHERE BackupID = ?)",
            added.backup_id,
        )
    elif replace == "action":
        changed_rows(connection, "DELETE FROM Notification WHERE Action = ?", added.action)
    number = _next_number(connection)
    values = msgspec.structs.astuple(added)[1:]
    places = ", ".join("?" * (1 + len(values)))
    changed_rows(connection, f"INSERT INTO Notification ({_COLUMNS}) VALUES ({places})", number, *values)
    _set_flags(connection, cipher)
    return number


def remove(connection: apsw.Connection, cipher: FieldCipher, number: int) -> bool:
    return _remove(connection, cipher, "WHERE ID = ?", number) > 0


def remove_of(connection: apsw.Connection, cipher: FieldCipher, backup_id: str) -> int:
    return _remove(connection, cipher, "WHERE BackupID = ?", backup_id)


def remove_all(connection: apsw.Connection, cipher: FieldCipher) -> int:
    return _remove(connection, cipher, "")


def refresh_flags(connection: apsw.Connection, cipher: FieldCipher) -> None:
    """For when notifications went away with their backup."""
    _set_flags(connection, cipher)


def _next_number(connection: apsw.Connection) -> int:
    """Above all that were ever given: clients tell by the number what they have shown already."""
    row = one_row(
        connection,
        "SELECT 1 + max(coalesce((SELECT max(ID) FROM Notification), 0),"
        " coalesce((SELECT Value FROM TriplicatiSequence WHERE Name = 'Notification'), 0))",
    )
    number = whole(row[0]) if row else 1
    changed_rows(connection, "INSERT OR REPLACE INTO TriplicatiSequence VALUES ('Notification', ?)", number)
    return number


def _remove(
    connection: apsw.Connection, cipher: FieldCipher, which: str, *parameters: Value
) -> int:
    removed = changed_rows(connection, f"DELETE FROM Notification {which}", *parameters)
    _set_flags(connection, cipher)
    return removed


def _set_flags(connection: apsw.Connection, cipher: FieldCipher) -> None:
    types = {text(row[0]) for row in all_rows(connection, "SELECT DISTINCT Type FROM Notification")}
    set_server_settings(connection, cipher, {name: str(type in types) for name, type in _FLAGS.items()})


def _select() -> str:
    return f"SELECT {_COLUMNS} FROM Notification"


def _notification(row: Row) -> Notification:
    return Notification(
        id=whole(row[0]),
        type=text(row[1]),
        title=text(row[2]),
        message=text(row[3]),
        exception=text(row[4]),
        backup_id=text(row[5]),
        action=text(row[6]),
        timestamp=whole(row[7]),
        log_entry_id=text(row[8]),
        message_id=text(row[9]),
        message_log_tag=text(row[10]),
    )
