"""Taking over the jobs of real Duplicati on this machine: ``--adopt[=FOLDER]`` (spec/server.md 7.6).

Its folder is only read. Each job comes once, ever: also one that was removed here does not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import apsw
import msgspec
import trio

from triplicati.config.datafolder import MARKER, DataFolder, chosen_folder
from triplicati.config.server import backups, connection_strings, settings
from triplicati.config.server.database import database_file
from triplicati.config.server.field_cipher import FieldCipher, SettingsKey
from triplicati.config.server.foreign_database import ForeignServer, read_foreign_server
from triplicati.config.server.job_files import free_name
from triplicati.config.server.rows import all_rows, changed_rows, text
from triplicati.config.server.schema import ANY_BACKUP
from triplicati.config.server.store import BACKUPS, SETTINGS, Store
from triplicati.errors import AdoptionFailed
from triplicati.messages.saved import SavedBackup
from triplicati.values.secrets import Secret

WAY_BACK = (
    'To go back to Duplicati, recreate its local database there ("Recreate (delete and repair)"), never '
    "repair it: a repair with its old database may delete volumes that it does not know.",
    "A job belongs to one of the two programs at a time: switch its schedule off in the other.",
)
_LEFT = (
    "Notifications, logs, the password, ports, certificates and sign-ins stay with Duplicati.",
    "Its local databases are not used: each job gets one of its own, built from its destination at the first "
    "run.",
)
_SETTINGS = ("max-upload-speed", "max-download-speed", "startup-delay")
# Each would make both programs work with the same files of this machine.
_NOT_TAKEN = frozenset({"dbpath"})
_ALL = ""


class AdoptedJob(msgspec.Struct, frozen=True):
    """`id` is the one here, mostly the same; `notes` are sentences about what is different."""

    id: str
    original_id: str
    name: str
    notes: tuple[str, ...] = ()


class AdoptionReport(msgspec.Struct, frozen=True):
    """`known` are names of jobs that were taken before, `options` names of options for every backup,
    `settings` names of settings of the server; `left` says what was not taken, `way_back` how to go back."""

    folder: str
    taken: tuple[AdoptedJob, ...]
    known: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    left: tuple[str, ...] = _LEFT
    way_back: tuple[str, ...] = WAY_BACK


def adoption_folder(option: str | None, folder: DataFolder) -> Path:
    """The folder that was named, else that of Duplicati around ours, else where it lies by default.

    Raises `AdoptionFailed` if there is none, or if it is ours.
    """
    if option:
        chosen = Path(option).expanduser().absolute()
        if (chosen / MARKER).exists():
            raise AdoptionFailed(folder=chosen, reason="the folder belongs to Triplicati itself")
        return chosen
    candidates = [folder.theirs, chosen_folder(None, False, {}, Path()), Path("/var/lib/Duplicati")]
    for each in candidates:
        if each is not None and not (each / MARKER).exists() and database_file(each).exists():
            return each
    looked = ", ".join(dict.fromkeys(str(each) for each in candidates if each is not None))
    raise AdoptionFailed(folder=looked, reason="there is no server database; name its folder: --adopt=FOLDER")


async def adopt(
    store: Store,
    folder: Path,
    *,
    keys: Sequence[SettingsKey] = (),
    scrambled_with: Secret | None = None,
    now: float,
) -> AdoptionReport:
    """Imports jobs with their ids and paused schedules, and once the options for every backup.

    `keys` and `scrambled_with` as for `read_foreign_server`. All or nothing; a second time changes nothing.
    Raises `AdoptionFailed`.
    """
    theirs = await trio.to_thread.run_sync(
        read_foreign_server, folder, store.place.folder, keys, scrambled_with
    )

    def work(connection: apsw.Connection, cipher: FieldCipher) -> AdoptionReport:
        return _Adopting(connection, cipher, store.place, folder, int(now)).all_of(theirs)

    return await store.transact(work, BACKUPS, SETTINGS)


class _Adopting:
    """One adoption: the transaction, and which folder at what time."""

    def __init__(
        self, connection: apsw.Connection, cipher: FieldCipher, place: backups.Place, folder: Path, now: int
    ) -> None:
        self.connection, self.cipher, self.place, self.now = connection, cipher, place, now
        self.folder = str(folder)
        found = all_rows(connection, "SELECT BackupID, Folder, OriginalID FROM TriplicatiAdopted")
        self.used = {text(row[0]) for row in found}
        self.known = {text(row[2]) for row in found if text(row[1]) == self.folder}

    def all_of(self, theirs: ForeignServer) -> AdoptionReport:
        new = [each for each in theirs.backups if each.id not in self.known]
        zone, zone_notes = _zone(theirs.settings.get("server-timezone", ""))
        shared = self._connection_strings(theirs, new)
        taken = tuple(self._job(each, zone, zone_notes, shared) for each in new)
        options: tuple[str, ...] = ()
        taken_settings: tuple[str, ...] = ()
        if _ALL not in self.known:
            options, taken_settings = self._options(theirs), self._settings(theirs)
            self._note(f"all of {self.folder}", _ALL)
        known = tuple(each.name for each in theirs.backups if each.id in self.known)
        return AdoptionReport(self.folder, taken, known, options, taken_settings)

    def _job(
        self, job: SavedBackup, zone: str, zone_notes: tuple[str, ...], shared: dict[int, int]
    ) -> AdoptedJob:
        name = free_name(job.name, self._names())
        number = int(job.id)
        is_free = job.id not in self.used and not backups.exists(self.connection, number)
        notes = [f'Its name here is "{name}", for there is another "{job.name}".'] if name != job.name else []
        if any(_plain(each.name) in _NOT_TAKEN for each in job.settings):
            notes.append("Its own path of a local database was left out.")
        adopted = msgspec.structs.replace(
            job,
            name=name,
            db_path="",
            connection_string_id=shared.get(job.connection_string_id, -1),
            settings=tuple(each for each in job.settings if _plain(each.name) not in _NOT_TAKEN),
            targets=tuple(
                msgspec.structs.replace(each, connection_string_id=shared.get(each.connection_string_id, -1))
                for each in job.targets
            ),
        )
        if job.schedule is not None:
            notes += ["Its schedule is paused until you turn it on.", *zone_notes]
            schedule = msgspec.structs.replace(job.schedule, paused=True, zone=zone)
            adopted = msgspec.structs.replace(adopted, schedule=schedule)
        made = backups.add(
            self.connection, self.cipher, self.place, adopted, self.now, number=number if is_free else None
        )
        if not is_free:
            notes.append(f"Its number here is {made}, for {job.id} is taken.")
        self._note(str(made), job.id)
        return AdoptedJob(str(made), job.id, name, tuple(notes))

    def _names(self) -> list[str]:
        return [text(row[0]) for row in all_rows(self.connection, "SELECT Name FROM Backup WHERE ID > 0")]

    def _note(self, backup_id: str, original: str) -> None:
        changed_rows(
            self.connection,
            "INSERT INTO TriplicatiAdopted (BackupID, Folder, OriginalID, TakenAt) VALUES (?, ?, ?, ?)",
            backup_id,
            self.folder,
            original,
            self.now,
        )
        self.used.add(backup_id)

    def _connection_strings(self, theirs: ForeignServer, new: Sequence[SavedBackup]) -> dict[int, int]:
        """Their numbers to ours, for those that the new jobs use."""
        used = {each.connection_string_id for each in new}
        used |= {target.connection_string_id for each in new for target in each.targets}
        ours = connection_strings.connection_strings(self.connection, self.cipher, self.place.path)
        numbers = {}
        for each in theirs.connection_strings:
            if each.id not in used:
                continue
            same = [our.id for our in ours if (our.name, our.base_url) == (each.name, each.base_url)]
            name = free_name(each.name, [our.name for our in ours])
            numbers[each.id] = (
                same[0]
                if same
                else connection_strings.add(
                    self.connection, self.cipher, name, each.base_url, each.description, self.now
                )
            )
        return numbers

    def _options(self, theirs: ForeignServer) -> tuple[str, ...]:
        """Those that are not set here; and their filters for every backup where there are none."""
        here = settings.application_options(self.connection, self.cipher, self.place.path)
        taken = {
            name: value
            for name, value in theirs.options.items()
            if name not in here and _plain(name) not in _NOT_TAKEN
        }
        settings.set_application_options(self.connection, self.cipher, taken)
        if not settings.application_filters(self.connection):
            for each in theirs.filters:
                changed_rows(
                    self.connection,
                    'INSERT INTO "Filter" (BackupID, "Order", Include, Expression) VALUES (?, ?, ?, ?)',
                    ANY_BACKUP,
                    each.order,
                    int(each.include),
                    each.expression,
                )
        return tuple(taken)

    def _settings(self, theirs: ForeignServer) -> tuple[str, ...]:
        here = settings.server_settings(self.connection, self.cipher, self.place.path)
        taken = {
            name: value for name in _SETTINGS if (value := theirs.settings.get(name)) and not here.get(name)
        }
        settings.set_server_settings(self.connection, self.cipher, taken)
        return tuple(taken)


def _plain(name: str) -> str:
    return name.lstrip("-").lower()


def _zone(setting: str) -> tuple[str, tuple[str, ...]]:
    """The zone their server counts in: UTC unless it was told another."""
    if not setting:
        return "UTC", ()
    try:
        return ZoneInfo(setting).key, ()
    except (OSError, ValueError, LookupError):
        return "UTC", (f'Its times count in UTC, for the time zone "{setting}" is not known here.',)
