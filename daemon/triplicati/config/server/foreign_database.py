"""Reading the server database of real Duplicati, of any version, through a private copy (spec/server.md 7.6).

Nothing in its folder is written, created or locked: only the copy is opened by SQLite.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw
import msgspec

from triplicati.config.server import backups, connection_strings, rc4, settings
from triplicati.config.server.database import database_file
from triplicati.config.server.field_cipher import FieldCipher, SettingsKey
from triplicati.config.server.rows import all_rows, text
from triplicati.config.server.schema import OUR_TABLES, TABLES
from triplicati.errors import AdoptionFailed, SettingsKeyInvalid, WrongSettingsKey
from triplicati.messages.records import ConnectionString
from triplicati.messages.saved import SavedBackup, SavedFilter
from triplicati.values.secrets import Secret

_PREFIX = ".adopting-"
_COMPANIONS = ("-journal", "-wal")
_TRIES, _PAUSE = 5, 0.2
_HEAD = b"SQLite format 3\x00"
_NEEDED = {"ID", "Name", "Tags", "TargetURL", "DBPath"}


class ForeignServer(msgspec.Struct, frozen=True):
    """What such a database says, secrets in clear; `version` is that of its schema."""

    version: int
    backups: list[SavedBackup]
    options: dict[str, str]
    filters: list[SavedFilter]
    settings: dict[str, str]
    connection_strings: list[ConnectionString]

    def __repr__(self) -> str:
        return f"ForeignServer({self.version}, {self.backups})"


def read_foreign_server(
    folder: Path, workplace: Path, keys: Sequence[SettingsKey], scrambled_with: Secret | None = None
) -> ForeignServer:
    """Reads the database in `folder`; the copy lies in `workplace`, a folder that nobody else can read.

    `keys` are tried for encrypted secrets, `scrambled_with` for a database of old Windows versions. Blocks.
    Raises `AdoptionFailed`.
    """
    source = database_file(folder)
    if not source.exists():
        raise AdoptionFailed(folder=folder, reason=f"there is no {source.name} in it")
    _remove_leftovers(workplace)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=workplace) as place:
        copy = _copied(source, Path(place), scrambled_with)
        try:
            with _opened(copy) as connection:
                return _read(connection, folder, source, keys)
        except apsw.Error as error:
            raise AdoptionFailed(folder=folder, reason=f"{source} cannot be read ({error})") from None


def _remove_leftovers(workplace: Path) -> None:
    for leftover in workplace.glob(f"{_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _copied(source: Path, place: Path, scrambled_with: Secret | None) -> Path:
    """The file and its journal as they were at one moment."""
    files = [source, *(source.with_name(source.name + suffix) for suffix in _COMPANIONS)]
    try:
        for _ in range(_TRIES):
            before = _states(files)
            content = {file.name: file.read_bytes() for file in files if file.exists()}
            if _states(files) == before:
                break
            time.sleep(_PAUSE)
        else:
            raise AdoptionFailed(folder=source.parent, reason="it is being changed; stop Duplicati first")
    except OSError as error:
        reason = f"{error.filename or source}: {error.strerror}"
        raise AdoptionFailed(folder=source.parent, reason=reason) from None
    content[source.name] = _in_clear(source, content, scrambled_with)
    for name, each in content.items():
        (place / name).write_bytes(each)
    return place / source.name


def _states(files: Sequence[Path]) -> list[tuple[int, int, int] | None]:
    states: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            status = file.stat()
        except FileNotFoundError:
            states.append(None)
        else:
            states.append((status.st_size, status.st_mtime_ns, status.st_ino))
    return states


def _in_clear(source: Path, content: dict[str, bytes], scrambled_with: Secret | None) -> bytes:
    whole = content[source.name]
    if whole[:16] == _HEAD:
        return whole
    password = scrambled_with.reveal() if scrambled_with else rc4.DEFAULT_PASSWORD
    if not rc4.is_scrambled(whole[:100], password):
        reason = f"{source.name} is no database, or is scrambled with another password (DUPLICATI_DB_KEY)"
        raise AdoptionFailed(folder=source.parent, reason=reason)
    if any(content.get(source.name + suffix) for suffix in _COMPANIONS):
        reason = f"{source.name} was not closed properly; start and stop Duplicati once"
        raise AdoptionFailed(folder=source.parent, reason=reason)
    return rc4.unscrambled(whole, password)


@contextmanager
def _opened(copy: Path) -> Iterator[apsw.Connection]:
    # For writing: a journal that was left is worked off in the copy.
    connection = apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READWRITE)
    with contextlib.closing(connection):
        yield connection


def _read(
    connection: apsw.Connection, folder: Path, source: Path, keys: Sequence[SettingsKey]
) -> ForeignServer:
    if connection.execute("PRAGMA quick_check(1)").get != "ok":
        raise AdoptionFailed(folder=folder, reason=f"{source.name} is damaged")
    if not _columns(connection, "Backup") >= _NEEDED:
        raise AdoptionFailed(folder=folder, reason=f"{source.name} is no server database of Duplicati")
    version = connection.execute("SELECT max(Version) FROM Version").get
    _complete(connection)
    cipher, place = FieldCipher(None, keys), backups.Place(folder, source)
    try:
        return ForeignServer(
            version=version if isinstance(version, int) else 0,
            backups=backups.all_backups(connection, cipher, place),
            options=settings.application_options(connection, cipher, source),
            filters=settings.application_filters(connection),
            settings=_readable_settings(connection),
            connection_strings=connection_strings.connection_strings(connection, cipher, source),
        )
    except WrongSettingsKey as error:
        tried = f"; it is not that from {error.details['source']}" if keys else ""
        reason = f"its secrets are encrypted{tried}. Give its key with --settings-encryption-key"
        raise AdoptionFailed(folder=folder, reason=reason) from None
    except SettingsKeyInvalid:
        reason = "one of its encrypted values is damaged or in a form that cannot be read"
        raise AdoptionFailed(folder=folder, reason=reason) from None


def _readable_settings(connection: apsw.Connection) -> dict[str, str]:
    """Those in clear. The others are of no use here: sign-in, certificates and other services."""
    found = all_rows(connection, 'SELECT Name, Value FROM "Option" WHERE BackupID = -2')
    return {text(row[0]): text(row[1]) for row in found if not text(row[1]).startswith("enc-v1:")}


def _complete(connection: apsw.Connection) -> None:
    """Adds to the copy what its version does not have yet, empty or with defaults."""
    with contextlib.closing(apsw.Connection(":memory:")) as model:
        model.execute(TABLES + OUR_TABLES).fetchall()
        tables = all_rows(model, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql NOT NULL")
        for name, definition in ((text(row[0]), text(row[1])) for row in tables):
            present = _columns(connection, name)
            if not present and not name.startswith("sqlite_"):
                connection.execute(definition).fetchall()
            for row in all_rows(model, "SELECT name, type, dflt_value FROM pragma_table_info(?)", name):
                column, kind = text(row[0]), text(row[1])
                default = "" if row[2] is None else f"DEFAULT {text(row[2])}"
                if present and column not in present:
                    change = f'ALTER TABLE "{name}" ADD COLUMN "{column}" {kind} {default}'
                    connection.execute(change).fetchall()


def _columns(connection: apsw.Connection, table: str) -> set[str]:
    return {text(row[0]) for row in all_rows(connection, "SELECT name FROM pragma_table_info(?)", table)}
