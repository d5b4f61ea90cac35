"""The columns that hold secrets, and encrypting them again when the key changes (spec/server.md 7.3)."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import msgspec

from triplicati.config.server import settings
from triplicati.config.server.backup_rows import decrypted_source, encrypted_source, split_remote_source
from triplicati.config.server.field_cipher import FieldCipher, key_digest
from triplicati.config.server.password_names import holds_secrets, is_secret_setting
from triplicati.config.server.rows import all_rows, changed_rows, text, whole
from triplicati.config.server.schema import SERVER_SETTINGS

_FLAG = "encrypted-fields"
_COLUMNS = (("Backup", "TargetURL"), ("ConnectionString", "BaseUrl"), ("BackupTargetUrl", "TargetURL"))


class Field(msgspec.Struct, frozen=True):
    """One stored value that is to be encrypted; of a source only the address is."""

    table: str
    column: str
    row: int
    stored: str

    @property
    def secret(self) -> str:
        parts = split_remote_source(self.stored) if self.table == "Source" else None
        return parts[1] if parts else self.stored


def secret_fields(connection: apsw.Connection) -> Iterator[Field]:
    """All values that are to be encrypted, and those that are though they need not be."""
    for table, column in _COLUMNS:
        for row in all_rows(connection, f'SELECT rowid, "{column}" FROM "{table}"'):
            yield Field(table, column, whole(row[0]), text(row[1]))
    for row in all_rows(connection, "SELECT rowid, Path FROM Source WHERE Path LIKE '@%|%'"):
        yield Field("Source", "Path", whole(row[0]), text(row[1]))
    for row in all_rows(connection, 'SELECT rowid, BackupID, Name, Value FROM "Option"'):
        name, stored = text(row[2]), text(row[3])
        is_secret = is_secret_setting(name) if row[1] == SERVER_SETTINGS else holds_secrets(name)
        if is_secret or key_digest(stored) is not None:
            yield Field("Option", "Value", whole(row[0]), stored)


def is_encrypted(connection: apsw.Connection) -> bool:
    """Whether any value needs a key to be read."""
    return any(key_digest(field.secret) is not None for field in secret_fields(connection))


def encrypt_all(connection: apsw.Connection, cipher: FieldCipher, where: object) -> int:
    """Stores every value as the key of `cipher` wants it, in clear without one; gives the number changed.

    Raises `WrongSettingsKey` if one of them cannot be read; then none is changed, as it is one transaction.
    """
    changed = 0
    for field in list(secret_fields(connection)):
        if cipher.is_current(field.secret):
            continue
        if field.table == "Source":
            stored = encrypted_source(cipher, decrypted_source(cipher, field.stored, where))
        else:
            stored = cipher.encrypted(cipher.decrypted(field.stored, where))
        changed_rows(
            connection, f'UPDATE "{field.table}" SET "{field.column}" = ? WHERE rowid = ?', stored, field.row
        )
        changed += 1
    flag = "False" if cipher.key is None else "True"
    if settings.server_settings(connection, cipher, where).get(_FLAG) != flag:
        settings.set_server_settings(connection, cipher, {_FLAG: flag})
    return changed
