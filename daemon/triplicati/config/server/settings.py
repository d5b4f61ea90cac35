"""Settings of the server and options of every backup: rows of ``Option`` that belong to no backup."""

from __future__ import annotations

from collections.abc import Mapping

import apsw

from triplicati.config.server.backup_rows import encrypted_option, filter_of
from triplicati.config.server.field_cipher import FieldCipher
from triplicati.config.server.password_names import is_secret_setting
from triplicati.config.server.rows import all_rows, changed_rows, text
from triplicati.config.server.schema import ANY_BACKUP, SERVER_SETTINGS
from triplicati.messages.saved import SavedFilter

_DASHES = "--"


def server_settings(connection: apsw.Connection, cipher: FieldCipher, where: object) -> dict[str, str]:
    return _options(connection, cipher, where, SERVER_SETTINGS)


def set_server_settings(
    connection: apsw.Connection, cipher: FieldCipher, values: Mapping[str, str | None]
) -> None:
    """None removes a setting."""
    for name, value in values.items():
        secret = is_secret_setting(name)
        _set(connection, SERVER_SETTINGS, name, cipher.encrypted(value) if secret and value else value)


def application_options(connection: apsw.Connection, cipher: FieldCipher, where: object) -> dict[str, str]:
    found = _options(connection, cipher, where, ANY_BACKUP)
    return {with_dashes(name): value for name, value in found.items()}


def set_application_options(
    connection: apsw.Connection, cipher: FieldCipher, values: Mapping[str, str | None]
) -> None:
    """None removes an option."""
    for given, value in values.items():
        name = with_dashes(given)
        _set(connection, ANY_BACKUP, name.removeprefix(_DASHES), None)
        _set(connection, ANY_BACKUP, name, None if value is None else encrypted_option(cipher, name, value))


def application_filters(connection: apsw.Connection) -> list[SavedFilter]:
    query = 'SELECT "Order", Include, Expression FROM "Filter" WHERE BackupID = ? ORDER BY "Order", rowid'
    return [filter_of(row) for row in all_rows(connection, query, ANY_BACKUP)]


def with_dashes(name: str) -> str:
    return _DASHES + name.lstrip("-")


def _options(connection: apsw.Connection, cipher: FieldCipher, where: object, owner: int) -> dict[str, str]:
    query = 'SELECT Name, Value FROM "Option" WHERE BackupID = ? ORDER BY rowid'
    found = all_rows(connection, query, owner)
    return {text(row[0]): cipher.decrypted(text(row[1]), where) for row in found}


def _set(connection: apsw.Connection, owner: int, name: str, value: str | None) -> None:
    changed_rows(connection, 'DELETE FROM "Option" WHERE BackupID = ? AND Name = ?', owner, name)
    if value is not None:
        changed_rows(
            connection,
            "INSERT INTO \"Option\" (BackupID, Filter, Name, Value) VALUES (?, '', ?, ?)",
            owner,
            name,
            value,
        )
