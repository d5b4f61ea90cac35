"""Saved backups in the server's database (spec/server.md 4.1, 7.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import apsw
import msgspec

from triplicati.config.dbconfig import new_database_path
from triplicati.config.server import backup_rows, schedules
from triplicati.config.server.field_cipher import FieldCipher
from triplicati.config.server.rows import Row, all_rows, changed_rows, insert_many, one_row, text, whole
from triplicati.errors import BackupNameTaken, BackupNotFound
from triplicati.messages.saved import SavedBackup

T = TypeVar("T")
_COLUMNS = (
    "ID, Name, Description, Tags, TargetURL, DBPath, ExternalID, ConnectionStringID, OperationType"
)


class Place(msgspec.Struct, frozen=True):
    """The data folder, and the database file for error messages."""

    folder: Path
    path: Path


def number_of(backup_id: str) -> int:
    """Raises `BackupNotFound` for what is no number."""
    if not (backup_id.isascii() and backup_id.isdigit() and len(backup_id) < 19):
        raise BackupNotFound(id=backup_id)
    return int(backup_id)


def all_backups(connection: apsw.Connection, cipher: FieldCipher, place: Place) -> list[SavedBackup]:
    """In the order they were made; one query per table, however many there are."""
    rows = all_rows(connection, f"SELECT {_COLUMNS} FROM Backup WHERE ID > 0 ORDER BY ID")
    return _with_children(connection, cipher, place, rows, "> 0")


def one_backup(
    connection: apsw.Connection, cipher: FieldCipher, place: Place, number: int
) -> SavedBackup | None:
    rows = all_rows(connection, f"SELECT {_COLUMNS} FROM Backup WHERE ID = ?", number)
    return next(iter(_with_children(connection, cipher, place, rows, f"= {number}")), None)


def add(
    connection: apsw.Connection,
    cipher: FieldCipher,
    place: Place,
    backup: SavedBackup,
    now: int,
    *,
    number: int | None = None,
) -> int:
    """A new backup, under `number` if that is given; its own id is not looked at.

    Without a path its local database gets a free name in the data folder. Raises `BackupNameTaken`.
    """
    _check_name(connection, backup.name, None)
    path = backup.db_path or str(free_database_path(connection, place))
    connection.execute(
        f"INSERT INTO Backup ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            backup.name,
            backup.description,
            ",".join(backup.tags),
            cipher.encrypted(backup.target_url),
            backup_rows.stored_path(place.folder, path),
            backup.external_id or None,
            backup.connection_string_id,
            backup.operation_type,
        ),
    ).fetchall()
    made = connection.last_insert_rowid() if number is None else number
    backup_rows.write_children(connection, cipher, made, backup, now)
    merge_metadata(connection, made, backup.metadata)
    schedules.write_schedule(connection, made, backup.schedule)
    return made


def update(
    connection: apsw.Connection,
    cipher: FieldCipher,
    place: Place,
    backup: SavedBackup,
    now: int,
    *,
    replace_metadata: bool,
) -> None:
    """Raises `BackupNotFound` and `BackupNameTaken`."""
    number = number_of(backup.id)
    stored = one_backup(connection, cipher, place, number)
    if stored is None:
        raise BackupNotFound(id=backup.id)
    _check_name(connection, backup.name, number)
    changed_rows(
        connection,
        "UPDATE Backup SET Name = ?, Description = ?, Tags = ?, TargetURL = ?, ExternalID = ?,"
        " ConnectionStringID = ?, OperationType = ? WHERE ID = ?",
        backup.name,
        backup.description,
        ",".join(backup.tags),
        cipher.encrypted(backup.target_url),
        backup.external_id or None,
        backup.connection_string_id,
        backup.operation_type,
        number,
    )
    backup_rows.write_children(connection, cipher, number, backup, now)
    if replace_metadata:
        changed_rows(connection, "DELETE FROM Metadata WHERE BackupID = ?", number)
        merge_metadata(connection, number, backup.metadata)
    schedule = backup.schedule
    if schedule is not None and (known := stored.schedule) is not None:
        # What a run, and not a user, sets; and what an edit through an older interface does not know.
        schedule = msgspec.structs.replace(
            schedule, last_run=known.last_run, paused=known.paused, zone=known.zone
        )
    schedules.write_schedule(connection, number, schedule)


def remove(connection: apsw.Connection, number: int) -> bool:
    """With every row that tells of it, but for the note that it was adopted: it must not come back by itself.
    Whether it was there."""
    found = changed_rows(connection, "DELETE FROM Backup WHERE ID = ?", number) > 0
    for table in ("Source", '"Option"', '"Filter"', "Metadata", "ErrorLog", "Log", "BackupTargetUrl"):
        changed_rows(connection, f"DELETE FROM {table} WHERE BackupID = ?", number)
    ours = ("TriplicatiRun", "TriplicatiProblem", "TriplicatiRemoteOperation", "TriplicatiSchedule")
    for table in ("Notification", *ours):
        changed_rows(connection, f"DELETE FROM {table} WHERE BackupID = ?", str(number))
    changed_rows(connection, "DELETE FROM Schedule WHERE Tags = ?", schedules.tag_of(number))
    return found


def merge_metadata(connection: apsw.Connection, number: int, metadata: Mapping[str, str]) -> None:
    insert = [(number, name, value) for name, value in metadata.items()]
    connection.executemany(
        "DELETE FROM Metadata WHERE BackupID = ? AND Name = ?", [row[:2] for row in insert]
    ).fetchall()
    insert_many(connection, "INSERT INTO Metadata (BackupID, Name, Value) VALUES (?, ?, ?)", list(insert))


def set_path(connection: apsw.Connection, place: Place, number: int, path: str) -> None:
    stored = backup_rows.stored_path(place.folder, path)
    changed_rows(connection, "UPDATE Backup SET DBPath = ? WHERE ID = ?", stored, number)


def exists(connection: apsw.Connection, number: int) -> bool:
    return one_row(connection, "SELECT 1 FROM Backup WHERE ID = ? AND ID > 0", number) is not None


def free_database_path(connection: apsw.Connection, place: Place) -> Path:
    """A file in the data folder that neither is there nor belongs to another backup."""
    taken = {text(row[0]) for row in all_rows(connection, "SELECT DBPath FROM Backup")}
    while (path := new_database_path(place.folder, "")).name in taken:
        pass
    return path


def _check_name(connection: apsw.Connection, name: str, number: int | None) -> None:
    # Not in SQL: its lower() knows plain letters only.
    for row in all_rows(connection, "SELECT ID, Name FROM Backup WHERE ID > 0"):
        if text(row[1]).casefold() == name.casefold() and row[0] != number:
            raise BackupNameTaken(name=name)


def _with_children(
    connection: apsw.Connection, cipher: FieldCipher, place: Place, rows: list[Row], which: str
) -> list[SavedBackup]:
    def grouped(query: str, make: Callable[[Row], T]) -> dict[int, list[T]]:
        groups = defaultdict[int, list[T]](list)
        for row in all_rows(connection, query):
            groups[whole(row[0])].append(make(row[1:]))
        return groups

    where = f"WHERE BackupID {which}"
    sources = grouped(
        f"SELECT BackupID, Path FROM Source {where} ORDER BY rowid",
        lambda row: backup_rows.decrypted_source(cipher, text(row[0]), place.path),
    )
    settings = grouped(
        f'SELECT BackupID, Filter, Name, Value FROM "Option" {where} ORDER BY rowid',
        lambda row: backup_rows.setting_of(cipher, row, place.path),
    )
    filters = grouped(
        f'SELECT BackupID, "Order", Include, Expression FROM "Filter" {where} ORDER BY "Order", rowid',
        backup_rows.filter_of,
    )
    metadata = grouped(
        f"SELECT BackupID, Name, Value FROM Metadata {where} ORDER BY rowid",
        lambda row: (text(row[0]), text(row[1])),
    )
    targets = grouped(
        "SELECT BackupID, TargetUrlKey, TargetURL, Mode, Interval, ConnectionStringID, Options"
        f" FROM BackupTargetUrl {where} ORDER BY ID",
        lambda row: backup_rows.target_of(cipher, row, place.path),
    )
    planned = schedules.schedules(connection)
    return [
        SavedBackup(
            id=str(number),
            external_id=text(row[6]),
            name=text(row[1]),
            description=text(row[2]),
            tags=backup_rows.tags_of(text(row[3])),
            target_url=cipher.decrypted(text(row[4]), place.path),
            connection_string_id=whole(row[7], -1),
            operation_type=text(row[8]) or "Backup",
            db_path=backup_rows.absolute_path(place.folder, text(row[5])),
            sources=tuple(sources.get(number, ())),
            settings=tuple(settings.get(number, ())),
            filters=tuple(filters.get(number, ())),
            metadata=dict(metadata.get(number, ())),
            targets=tuple(targets.get(number, ())),
            schedule=planned.get(number),
        )
        for row in rows
        for number in (whole(row[0]),)
    ]
