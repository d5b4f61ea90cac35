"""What the checks look at: the machine, the data folder, and the backups that are saved in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import apsw
import msgspec

from triplicati.config.datafolder import DataFolder
from triplicati.config.dbconfig import NAME, listed_databases
from triplicati.config.server.backups import Place, all_backups
from triplicati.config.server.database import database_file, explained
from triplicati.config.server.field_cipher import FieldCipher, SettingsKey
from triplicati.config.server.settings import application_options, server_settings
from triplicati.config.server.settings_keys import given_key, key_of_file
from triplicati.messages.progress import Report
from triplicati.messages.saved import SavedBackup
from triplicati.operations.order import Order
from triplicati.runner.ordering import Defaults, job_environment, order_for
from triplicati.values.secrets import Secret

_BUSY = 5_000


class Saved(msgspec.Struct, frozen=True):
    """What the server database holds. `encrypted`: its secrets are, by a key that is known."""

    backups: list[SavedBackup] = []
    options: dict[str, str] = {}
    settings: dict[str, str] = {}
    encrypted: bool = True

    def __repr__(self) -> str:
        return f"Saved({len(self.backups)})"


class Patient(msgspec.Struct, kw_only=True):
    """`now` in Unix seconds. `root` is the root of the file system, `port` the usual one of a server; both
    are others in tests. `patience` in seconds, for one destination."""

    environment: Mapping[str, str]
    program: Path
    folder: DataFolder
    now: float
    key: Secret | None = None
    root: Path = Path("/")
    port: int = 8200
    patience: float = 30.0
    saved: Saved = Saved()

    def databases(self) -> list[Path]:
        """All local databases that are known of. Raises `InvalidValue` for a list that cannot be read."""
        listed = listed_databases(self.folder.path / NAME)
        saved = [Path(each.db_path) for each in self.saved.backups if each.db_path]
        return list(dict.fromkeys([*saved, *listed]))

    async def order(self, backup: SavedBackup) -> Order:
        """Raises what wrong options and secret providers raise."""
        return await order_for(
            backup,
            "ListRemote",
            defaults=Defaults(self.saved.options, [], self.saved.settings),
            extra={},
            paths=(),
            report=lambda _values, _resolved: Report(),
            environment=job_environment(self.environment),
            program=self.program,
            memory={},
        )


def read_saved(patient: Patient) -> Saved:
    """Nothing is written or locked for long; a server may run. Blocks. Raises `ServerDatabaseUnusable`,
    `ServerDatabaseInUse`, `WrongSettingsKey` and `SettingsKeyInvalid`."""
    folder = patient.folder.path
    path = database_file(folder)
    if not path.is_file():
        return Saved()
    keys = [given_key(patient.key, patient.environment), key_of_file(folder)]
    known: list[SettingsKey] = [each for each in keys if each is not None]
    cipher = FieldCipher(next(iter(known), None), known)
    with explained(path):
        connection = read_only(path)
        try:
            connection.set_busy_timeout(_BUSY)
            if not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'Backup'").get:
                return Saved()
            return Saved(
                all_backups(connection, cipher, Place(folder, path)),
                application_options(connection, cipher, path),
                server_settings(connection, cipher, path),
                bool(known),
            )
        finally:
            connection.close()


def to_look_into(path: Path) -> apsw.Connection:
    """A local database, which has a write-ahead log that only a writer may take away. Raises what SQLite
    raises."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(_BUSY)
    connection.execute("PRAGMA query_only = 1").fetchall()
    return connection


def read_only(path: Path) -> apsw.Connection:
    """Raises what SQLite raises."""
    uri = f"file:{quote(str(path))}?mode=ro"
    return apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
