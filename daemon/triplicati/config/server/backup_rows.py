"""Between a saved backup, secrets in clear, and the rows of its tables (spec/server.md 7.1)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path

import apsw
import msgspec

from triplicati.config.server.field_cipher import FieldCipher
from triplicati.config.server.password_names import holds_secrets
from triplicati.config.server.rows import Row, all_rows, insert_many, text, whole
from triplicati.messages.saved import SavedBackup, SavedFilter, Setting, TargetUrl

_MODES = ("inline", "interval", "counting")


def tags_of(stored: str) -> tuple[str, ...]:
    return tuple(tag for tag in (part.strip() for part in stored.split(",")) if tag)


def absolute_path(folder: Path, stored: str) -> str:
    """Where the local database is; `stored` counts from the data folder."""
    return str(folder / stored) if stored else ""


def stored_path(folder: Path, path: str) -> str:
    """The reverse of `absolute_path`: by name alone when it lies in the data folder."""
    if not path:
        return ""
    absolute = folder / path
    return str(absolute.relative_to(folder)) if absolute.is_relative_to(folder) else str(absolute)


def split_remote_source(source: str) -> tuple[str, str] | None:
    """``@prefix|`` and the address of a source that lies elsewhere; None for a path."""
    prefix, bar, url = source.partition("|")
    return (prefix + bar, url) if source.startswith("@") and bar else None


def decrypted_source(cipher: FieldCipher, stored: str, where: object) -> str:
    parts = split_remote_source(stored)
    return stored if parts is None else parts[0] + cipher.decrypted(parts[1], where)


def encrypted_source(cipher: FieldCipher, source: str) -> str:
    parts = split_remote_source(source)
    return source if parts is None else parts[0] + cipher.encrypted(parts[1])


def encrypted_option(cipher: FieldCipher, name: str, value: str | None) -> str:
    return cipher.encrypted(value or "") if holds_secrets(name) else value or ""


def setting_of(cipher: FieldCipher, row: Row, where: object) -> Setting:
    """Of ``Filter, Name, Value``."""
    return Setting(text(row[1]), cipher.decrypted(text(row[2]), where), text(row[0]))


def filter_of(row: Row) -> SavedFilter:
    """Of ``Order, Include, Expression``."""
    return SavedFilter(whole(row[0]), bool(whole(row[1])), text(row[2]))


def target_of(cipher: FieldCipher, row: Row, where: object) -> TargetUrl:
    """Of ``TargetUrlKey, TargetURL, Mode, Interval, ConnectionStringID, Options``."""
    mode = text(row[2]).lower()
    return TargetUrl(
        key=text(row[0]),
        url=cipher.decrypted(text(row[1]), where),
        mode=mode if mode in _MODES else "inline",
        interval=None if row[3] is None else text(row[3]),
        connection_string_id=whole(row[4], -1),
        options=_options(text(row[5])),
    )


def write_children(
    connection: apsw.Connection, cipher: FieldCipher, number: int, backup: SavedBackup, now: int
) -> None:
    """Sources, settings, filters and further destinations, in the place of those that are there."""
    for table in ("Source", "Option", "Filter"):
        connection.execute(f'DELETE FROM "{table}" WHERE BackupID = ?', (number,)).fetchall()
    insert_many(
        connection,
        "INSERT INTO Source (BackupID, Path) VALUES (?, ?)",
        [(number, encrypted_source(cipher, source)) for source in backup.sources],
    )
    insert_many(
        connection,
        'INSERT INTO "Option" (BackupID, Filter, Name, Value) VALUES (?, ?, ?, ?)',
        [
            (number, each.filter, each.name, encrypted_option(cipher, each.name, each.value))
            for each in backup.settings
        ],
    )
    insert_many(
        connection,
        'INSERT INTO "Filter" (BackupID, "Order", Include, Expression) VALUES (?, ?, ?, ?)',
        [(number, each.order, int(each.include), each.expression) for each in backup.filters],
    )
    _write_targets(connection, cipher, number, backup.targets, now)


def _write_targets(
    connection: apsw.Connection, cipher: FieldCipher, number: int, targets: Iterable[TargetUrl], now: int
) -> None:
    query = "SELECT TargetUrlKey, CreatedAt FROM BackupTargetUrl WHERE BackupID = ?"
    made = {text(row[0]): row[1] for row in all_rows(connection, query, number)}
    connection.execute("DELETE FROM BackupTargetUrl WHERE BackupID = ?", (number,)).fetchall()
    taken = {key for (key,) in connection.execute("SELECT TargetUrlKey FROM BackupTargetUrl")}
    for target in targets:
        # A copy of another backup comes with the keys of that one.
        key = target.key if target.key and target.key not in taken else str(uuid.uuid4())
        taken.add(key)
        options = msgspec.json.encode(target.options).decode() if target.options else None
        connection.execute(
            "INSERT INTO BackupTargetUrl (BackupID, TargetUrlKey, TargetURL, Mode, Interval, Options,"
            " ConnectionStringID, CreatedAt, UpdatedAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                key,
                cipher.encrypted(target.url),
                target.mode,
                target.interval,
                options,
                target.connection_string_id,
                made.get(key, now),
                now,
            ),
        ).fetchall()


def _options(stored: str) -> dict[str, str | None]:
    try:
        found = msgspec.json.decode(stored, type=dict[str, object] | None) if stored else None
    except msgspec.DecodeError:
        return {}
    return {name: _as_text(value) for name, value in (found or {}).items()}


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
