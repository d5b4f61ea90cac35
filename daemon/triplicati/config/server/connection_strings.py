"""Destination addresses that several backups share: the table ``ConnectionString``."""

from __future__ import annotations

import apsw

from triplicati.config.server.field_cipher import FieldCipher
from triplicati.config.server.rows import Row, all_rows, changed_rows, one_row, text, whole
from triplicati.errors import ConnectionStringInUse, ConnectionStringNameTaken, ConnectionStringNotFound
from triplicati.messages.records import ConnectionString

_COLUMNS = "ID, Name, BaseUrl, Description, CreatedAt, UpdatedAt"


def connection_strings(
    connection: apsw.Connection, cipher: FieldCipher, where: object
) -> list[ConnectionString]:
    found = all_rows(connection, f"SELECT {_COLUMNS} FROM ConnectionString ORDER BY ID")
    return [_connection_string(cipher, row, where) for row in found]


def get(
    connection: apsw.Connection, cipher: FieldCipher, where: object, number: int
) -> ConnectionString | None:
    row = one_row(connection, f"SELECT {_COLUMNS} FROM ConnectionString WHERE ID = ?", number)
    return None if row is None else _connection_string(cipher, row, where)


def add(
    connection: apsw.Connection, cipher: FieldCipher, name: str, base_url: str, description: str, now: int
) -> int:
    """Raises `ConnectionStringNameTaken`."""
    _check_name(connection, name, None)
    changed_rows(
        connection,
        "INSERT INTO ConnectionString (Name, BaseUrl, Description, CreatedAt, UpdatedAt)"
        " VALUES (?, ?, ?, ?, ?)",
        name,
        cipher.encrypted(base_url),
        description,
        now,
        now,
    )
    return connection.last_insert_rowid()


def update(
    connection: apsw.Connection, cipher: FieldCipher, number: int, name: str, base_url: str, description: str,
    now: int,
) -> None:
    """Raises `ConnectionStringNotFound` and `ConnectionStringNameTaken`."""
    _check_name(connection, name, number)
    changed = changed_rows(
        connection,
        "UPDATE ConnectionString SET Name = ?, BaseUrl = ?, Description = ?, UpdatedAt = ? WHERE ID = ?",
        name,
        cipher.encrypted(base_url),
        description,
        now,
        number,
    )
    if not changed:
        raise ConnectionStringNotFound()


def remove(connection: apsw.Connection, number: int) -> None:
    """Raises `ConnectionStringNotFound`, and `ConnectionStringInUse` while a backup uses it."""
    if used := users(connection, number):
        raise ConnectionStringInUse(names=", ".join(f'"{name}"' for _, name in used))
    if not changed_rows(connection, "DELETE FROM ConnectionString WHERE ID = ?", number):
        raise ConnectionStringNotFound()


def users(connection: apsw.Connection, number: int) -> list[tuple[str, str]]:
    """Id and name of the backups that use it."""
    found = all_rows(
        connection,
        "SELECT ID, Name FROM Backup WHERE ConnectionStringID = ?1 OR ID IN"
        " (SELECT BackupID FROM BackupTargetUrl WHERE ConnectionStringID = ?1) ORDER BY ID",
        number,
    )
    return [(text(row[0]), text(row[1])) for row in found]


def _check_name(connection: apsw.Connection, name: str, number: int | None) -> None:
    row = one_row(connection, "SELECT ID FROM ConnectionString WHERE Name = ?", name)
    if row is not None and row[0] != number:
        raise ConnectionStringNameTaken(name=name)


def _connection_string(cipher: FieldCipher, row: Row, where: object) -> ConnectionString:
    return ConnectionString(
        id=whole(row[0]),
        name=text(row[1]),
        base_url=cipher.decrypted(text(row[2]), where),
        description=text(row[3]),
        created_at=whole(row[4]),
        updated_at=whole(row[5]),
    )
