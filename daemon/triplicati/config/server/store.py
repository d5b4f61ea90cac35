"""Everything the server keeps, as one object: saved backups, settings, notifications, runs and the rest.

The modules beside this one hold the SQL, one per table; here each call becomes one transaction.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import apsw
import trio

from triplicati.config.datafolder import DataFolder
from triplicati.config.server import (
    backups,
    connection_strings,
    encrypted_fields,
    errors_log,
    named_tokens,
    notifications,
    problems,
    runs,
    schedules,
    settings,
    temp_files,
    token_families,
    ui_storage,
)
from triplicati.config.server.database import ServerDatabase, open_server_database
from triplicati.config.server.field_cipher import FieldCipher, SettingsKey
from triplicati.config.server.notifications import Replace
from triplicati.config.server.settings import set_server_settings
from triplicati.config.server.settings_keys import key_of_file, make_key_file
from triplicati.errors import BackupNotFound, SettingsKeyMissing
from triplicati.messages.records import (
    ConnectionString,
    ErrorRecord,
    Notification,
    Problems,
    RemoteOperation,
    Run,
    TemporaryFile,
)
from triplicati.messages.saved import SavedBackup, SavedFilter
from triplicati.messages.sign_in import NamedToken, TokenFamily

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]
BACKUPS, SETTINGS, NOTIFICATIONS = "backups", "settings", "notifications"


class Store:
    """Times are Unix seconds. `changed` are called after a write with "backups", "settings" or
    "notifications", in the trio thread; they must not block.

    Every call raises what `ServerDatabase.read` and `write` raise.
    """

    def __init__(
        self,
        database: ServerDatabase,
        cipher: FieldCipher,
        place: backups.Place,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.changed: list[Callable[[str], None]] = []
        self.place = place
        self._database = database
        self._cipher = cipher
        self._now = now

    @property
    def encrypted(self) -> bool:
        """Whether secrets are written encrypted."""
        return self._cipher.key is not None

    # --- settings ----------------------------------------------------------------------------------------

    async def setting(self, name: str) -> str:
        """A setting of the server, "" where there is none."""
        return (await self.settings()).get(name, "")

    async def settings(self) -> dict[str, str]:
        return await self._database.read(
            lambda c: settings.server_settings(c, self._cipher, self.place.path)
        )

    async def set_settings(self, settings: Mapping[str, str | None]) -> None:
        """None removes a setting."""
        await self._write(lambda c: set_server_settings(c, self._cipher, settings), SETTINGS)

    async def application_options(self) -> dict[str, str]:
        """Options of every backup, by names with leading dashes."""
        return await self._database.read(
            lambda c: settings.application_options(c, self._cipher, self.place.path)
        )

    async def set_application_options(self, values: Mapping[str, str | None]) -> None:
        """None removes an option."""
        await self._write(lambda c: settings.set_application_options(c, self._cipher, values), SETTINGS)

    async def application_filters(self) -> list[SavedFilter]:
        return await self._database.read(settings.application_filters)

    # --- saved backups -----------------------------------------------------------------------------------

    async def backups(self) -> list[SavedBackup]:
        """In the order they were made."""
        return await self._database.read(lambda c: backups.all_backups(c, self._cipher, self.place))

    async def backup(self, backup_id: str) -> SavedBackup | None:
        try:
            number = backups.number_of(backup_id)
        except BackupNotFound:
            return None
        return await self._database.read(lambda c: backups.one_backup(c, self._cipher, self.place, number))

    async def add_backup(self, backup: SavedBackup) -> str:
        """Its new id. Without a path its local database gets a free name in the data folder.

        Raises `BackupNameTaken`.
        """
        now = int(self._now())
        number = await self._write(
            lambda c: backups.add(c, self._cipher, self.place, backup, now), BACKUPS
        )
        return str(number)

    async def update_backup(self, backup: SavedBackup, *, replace_metadata: bool = False) -> None:
        """Replaces all but the path of its local database, its metadata (unless told) and what of its
        schedule is no rule: `last_run`, `paused` and `zone`.

        Raises `BackupNotFound` and `BackupNameTaken`.
        """
        now = int(self._now())
        await self._write(
            lambda c: backups.update(
                c, self._cipher, self.place, backup, now, replace_metadata=replace_metadata
            ),
            BACKUPS,
        )

    async def remove_backup(self, backup_id: str) -> None:
        """With every row that tells of it; its files are left. Raises `BackupNotFound`."""
        number = backups.number_of(backup_id)

        def work(connection: apsw.Connection) -> None:
            if not backups.remove(connection, number):
                raise BackupNotFound(id=backup_id)
            notifications.refresh_flags(connection, self._cipher)

        await self._write(work, BACKUPS, NOTIFICATIONS)

    async def set_metadata(self, backup_id: str, metadata: Mapping[str, str]) -> None:
        """Adds to what is there."""
        await self._write_of(backup_id, lambda c, number: backups.merge_metadata(c, number, metadata))

    async def set_db_path(self, backup_id: str, path: str) -> None:
        await self._write_of(backup_id, lambda c, number: backups.set_path(c, self.place, number, path))

    async def set_schedule_state(
        self,
        backup_id: str,
        *,
        time: int | None = None,
        last_run: int | None = None,
        last_success: int | None = None,
        wall: str = "",
    ) -> None:
        """None leaves a value as it is; `wall` belongs to `time`, as in `SavedSchedule`."""
        await self._write_of(
            backup_id, lambda c, number: schedules.set_state(c, number, time, last_run, last_success, wall)
        )

    async def pause_schedule(self, backup_id: str, paused: bool) -> None:
        await self._write_of(backup_id, lambda c, number: schedules.pause(c, number, paused))

    async def set_schedule_zone(self, backup_id: str, zone: str) -> None:
        """ "" for the time zone of the server."""
        await self._write_of(backup_id, lambda c, number: schedules.set_zone(c, number, zone))

    async def last_successes(self) -> dict[str, int]:
        """When each backup was last run well, by its id."""
        return await self._database.read(schedules.last_successes)

    # --- notifications -----------------------------------------------------------------------------------

    async def notifications(self) -> list[Notification]:
        return await self._database.read(notifications.notifications)

    async def notification(self, number: int) -> Notification | None:
        return await self._database.read(lambda c: notifications.notification(c, number))

    async def add_notification(
        self,
        type: str,
        title: str,
        message: str,
        exception: str = "",
        backup_id: str = "",
        action: str = "",
        message_id: str = "",
        message_log_tag: str = "",
        replace: Replace | None = None,
    ) -> int:
        """Its number. `replace` "backup" takes away the newest of the same backup, "action" all with the same
        action."""
        added = Notification(
            0, type, title, message, exception, backup_id, action, int(self._now()), "", message_id,
            message_log_tag,
        )  # fmt: skip
        return await self._write(
            lambda c: notifications.add(c, self._cipher, added, replace), NOTIFICATIONS
        )

    async def remove_notification(self, number: int) -> bool:
        """Whether it was there."""
        return await self._write(
            lambda c: notifications.remove(c, self._cipher, number), NOTIFICATIONS
        )

    async def remove_notifications_of(self, backup_id: str) -> int:
        return await self._write(
            lambda c: notifications.remove_of(c, self._cipher, backup_id), NOTIFICATIONS
        )

    async def remove_all_notifications(self) -> int:
        return await self._write(lambda c: notifications.remove_all(c, self._cipher), NOTIFICATIONS)

    # --- errors ------------------------------------------------------------------------------------------

    async def add_error(self, backup_id: str | None, message: str, exception: str = "") -> None:
        now = int(self._now())
        await self._database.write(lambda c: errors_log.add(c, backup_id, message, exception, now))

    async def errors(
        self, before: int | None = None, limit: int = 100, backup_id: str | None = None
    ) -> list[ErrorRecord]:
        """Newest first; those older than `before`."""
        return await self._database.read(lambda c: errors_log.errors(c, before, limit, backup_id))

    async def clear_errors(self, backup_id: str | None = None) -> int:
        return await self._database.write(lambda c: errors_log.clear(c, backup_id))

    async def purge(self, log_retention_seconds: float, now: float | None = None) -> int:
        """Removes errors and remote operations that are older; gives their number. Runs are kept."""
        oldest = int((self._now() if now is None else now) - log_retention_seconds)
        return await self._database.write(
            lambda c: errors_log.purge(c, oldest) + runs.purge_remote_operations(c, oldest)
        )

    # --- runs --------------------------------------------------------------------------------------------

    async def begin_run(
        self, backup_id: str, task_id: int, operation: str, reason: str, started: float
    ) -> int:
        return await self._database.write(
            lambda c: runs.begin(c, backup_id, task_id, operation, reason, started)
        )

    async def end_run(
        self, run_id: int, ended: float, parsed: str, result_json: str, log_lines: Sequence[str]
    ) -> None:
        """`parsed` is Success, Warning, Error or Fatal."""
        log = await trio.to_thread.run_sync(runs.pack_log, log_lines)
        lines = len(log_lines)
        await self._database.write(lambda c: runs.end(c, run_id, ended, parsed, result_json, log, lines))

    async def runs(self, backup_id: str, before: int | None = None, limit: int = 100) -> list[Run]:
        """Newest first; those with an id below `before`."""
        return await self._database.read(lambda c: runs.runs(c, backup_id, before, limit))

    async def run(self, run_id: int) -> Run | None:
        return await self._database.read(lambda c: runs.run(c, run_id))

    async def run_log(self, run_id: int) -> list[str]:
        packed = await self._database.read(lambda c: runs.log_of(c, run_id))
        return await trio.to_thread.run_sync(runs.unpack_log, packed)

    async def add_problems(self, run_id: int, backup_id: str, found: Sequence[Problems]) -> None:
        packed = problems.pack(found)
        await self._database.write(lambda c: problems.add(c, run_id, backup_id, found, packed))

    async def problems(self, run_id: int) -> list[tuple[Problems, float]]:
        """Each with the time (Unix seconds) since when the backup has it."""
        return await self._database.read(lambda c: problems.of_run(c, run_id))

    async def unfinished_runs(self) -> list[Run]:
        """Those that go on, and those that the end of the server cut off; oldest first."""
        return await self._database.read(runs.unfinished)

    async def add_remote_operations(
        self, run_id: int, backup_id: str, rows: Iterable[RemoteOperation]
    ) -> None:
        await self._database.write(lambda c: runs.add_remote_operations(c, run_id, backup_id, rows))

    async def remote_operations(
        self, backup_id: str, before: int | None = None, limit: int = 100
    ) -> list[RemoteOperation]:
        """Newest first; those with an id below `before`."""
        return await self._database.read(lambda c: runs.remote_operations(c, backup_id, before, limit))

    # --- what pages, sign-in and others keep --------------------------------------------------------------

    async def ui_schemes(self) -> list[str]:
        return await self._database.read(ui_storage.schemes)

    async def ui_values(self, scheme: str) -> dict[str, str]:
        return await self._database.read(lambda c: ui_storage.values(c, scheme))

    async def set_ui_values(self, scheme: str, values: Mapping[str, str | None]) -> None:
        """None removes a key."""
        await self._database.write(lambda c: ui_storage.set_values(c, scheme, values))

    async def add_temp_file(self, origin: str, path: str, expires: int) -> int:
        now = int(self._now())
        return await self._database.write(lambda c: temp_files.add(c, origin, path, now, expires))

    async def temp_file(self, number: int) -> TemporaryFile | None:
        return await self._database.read(lambda c: temp_files.get(c, number))

    async def expired_temp_files(self, now: float | None = None) -> list[TemporaryFile]:
        at = int(self._now() if now is None else now)
        return await self._database.read(lambda c: temp_files.expired(c, at))

    async def remove_temp_file(self, number: int) -> bool:
        return await self._database.write(lambda c: temp_files.remove(c, number))

    async def token_family(self, id: str) -> TokenFamily | None:
        return await self._database.read(lambda c: token_families.get(c, id))

    async def put_token_family(self, family: TokenFamily) -> None:
        await self._database.write(lambda c: token_families.put(c, family))

    async def remove_token_family(self, id: str) -> None:
        await self._database.write(lambda c: token_families.remove(c, id))

    async def purge_token_families(self, oldest: float) -> int:
        """Removes those not used since, and those of named tokens whose time is over; gives their number."""

        def work(connection: apsw.Connection) -> int:
            named_tokens.purge(connection, self._now())
            return token_families.purge(connection, oldest)

        return await self._database.write(work)

    async def clear_token_families(self) -> None:
        """The named tokens go with them."""

        def work(connection: apsw.Connection) -> None:
            token_families.clear(connection)
            named_tokens.clear(connection)

        await self._database.write(work)

    async def named_tokens(self) -> list[NamedToken]:
        return await self._database.read(named_tokens.tokens)

    async def add_named_token(self, token: NamedToken, family: TokenFamily) -> None:
        def work(connection: apsw.Connection) -> None:
            token_families.put(connection, family)
            named_tokens.add(connection, token)

        await self._database.write(work)

    async def remove_named_token(self, id: str) -> bool:
        def work(connection: apsw.Connection) -> bool:
            found = named_tokens.remove(connection, id)
            return found and token_families.remove(connection, id)

        return await self._database.write(work)

    async def connection_strings(self) -> list[ConnectionString]:
        return await self._database.read(
            lambda c: connection_strings.connection_strings(c, self._cipher, self.place.path)
        )

    async def connection_string(self, number: int) -> ConnectionString | None:
        return await self._database.read(
            lambda c: connection_strings.get(c, self._cipher, self.place.path, number)
        )

    async def add_connection_string(self, name: str, base_url: str, description: str = "") -> int:
        """Raises `ConnectionStringNameTaken`."""
        now = int(self._now())
        return await self._database.write(
            lambda c: connection_strings.add(c, self._cipher, name, base_url, description, now)
        )

    async def update_connection_string(
        self, number: int, name: str, base_url: str, description: str = ""
    ) -> None:
        """Raises `ConnectionStringNotFound` and `ConnectionStringNameTaken`."""
        now = int(self._now())
        await self._database.write(
            lambda c: connection_strings.update(c, self._cipher, number, name, base_url, description, now)
        )

    async def remove_connection_string(self, number: int) -> None:
        """Raises `ConnectionStringNotFound`, and `ConnectionStringInUse` while a backup uses it."""
        await self._database.write(lambda c: connection_strings.remove(c, number))

    async def connection_string_users(self, number: int) -> list[tuple[str, str]]:
        """Id and name of the backups that use it."""
        return await self._database.read(lambda c: connection_strings.users(c, number))

    # --- for the other modules of this package ------------------------------------------------------------

    async def transact(self, work: Callable[[apsw.Connection, FieldCipher], T], *kinds: str) -> T:
        """One transaction over several tables; `kinds` as `changed` gets them."""
        return await self._write(lambda c: work(c, self._cipher), *kinds)

    async def _write(self, work: Work[T], *kinds: str) -> T:
        result = await self._database.write(work)
        for kind in kinds:
            for listener in self.changed:
                listener(kind)
        return result

    async def _write_of(self, backup_id: str, work: Callable[[apsw.Connection, int], None]) -> None:
        number = backups.number_of(backup_id)

        def checked(connection: apsw.Connection) -> None:
            if not backups.exists(connection, number):
                raise BackupNotFound(id=backup_id)
            work(connection, number)

        await self._write(checked, BACKUPS)


@asynccontextmanager
async def open_store(
    folder: DataFolder,
    key: SettingsKey | None = None,
    *,
    encrypt: bool = True,
    require_key: bool = False,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[Store]:
    """Opens the database of the data folder, or makes both, and puts its secrets under the right key.

    `key` was given from outside (`given_key`); without it the key file of the folder serves, which is made
    when there is none, unless `require_key`. With `encrypt` off all secrets are stored in clear again.
    Raises `SettingsKeyMissing`, `WrongSettingsKey`, `SettingsKeyInvalid` and what `open_server_database`
    raises.
    """
    async with open_server_database(folder) as database:
        place = backups.Place(folder.path, database.path)
        file_key = await trio.to_thread.run_sync(key_of_file, folder.path)
        current = key or file_key
        if current is None:
            current = await _new_key(database, folder, encrypt=encrypt, require_key=require_key)
        known = [each for each in (key, file_key) if each is not None]
        cipher = FieldCipher(current if encrypt else None, known)
        await database.write(lambda c: encrypted_fields.encrypt_all(c, cipher, database.path))
        yield Store(database, cipher, place, now=now)


async def _new_key(
    database: ServerDatabase, folder: DataFolder, *, encrypt: bool, require_key: bool
) -> SettingsKey | None:
    """Only for a database that does not need another one."""
    if await database.read(encrypted_fields.is_encrypted):
        raise _missing(database)
    if not encrypt:
        return None
    if require_key:
        raise SettingsKeyMissing(reason="--require-db-encryption-key was given, and no key.")
    return await trio.to_thread.run_sync(make_key_file, folder.path)


def _missing(database: ServerDatabase) -> SettingsKeyMissing:
    return SettingsKeyMissing(reason=f"The secrets in {database.path} are encrypted, and no key was given.")
