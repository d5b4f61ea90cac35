"""The databases of this machine: that of the server, and one for each destination."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import trio

from triplicati.config.server.database import database_file
from triplicati.doctor.finding import Finding, good, note, problem
from triplicati.doctor.patient import Patient, Saved, read_only, read_saved, to_look_into
from triplicati.errors import DatabaseUnusable, InvalidValue, TriplicatiError
from triplicati.index.database import origin

_CACHE = 'It is only a cache: delete it and run "repair", which builds it anew from the destination.'


async def server_database(patient: Patient) -> list[Finding]:
    """Leaves what it holds in `patient`, for the checks after it."""
    path = database_file(patient.folder.path)
    if not path.is_file():
        return [note("No backups are saved here yet: there is no server database")]
    try:
        patient.saved = await trio.to_thread.run_sync(read_saved, patient)
    except TriplicatiError as error:
        patient.saved = Saved()
        return [problem(f"The server database cannot be read: {str(error).rstrip('.')}", _advice(error))]
    fault = await trio.to_thread.run_sync(_fault, path, read_only)
    if fault:
        return [
            problem(
                f"The server database {path} is damaged: {fault}",
                "Stop the server, put a copy of the file back, or move it away and import exported jobs "
                "again.",
            )
        ]
    found = [good(f"The server database is whole; saved backups: {len(patient.saved.backups)}")]
    if not patient.saved.encrypted:
        found.append(
            note(
                "Secrets in the server database are not encrypted",
                "Give the server a key: --settings-encryption-key, or SETTINGS_ENCRYPTION_KEY.",
            )
        )
    return found


def _advice(error: TriplicatiError) -> str:
    if error.id in ("WrongSettingsKey", "SettingsKeyInvalid", "SettingsKeyMissing"):
        return "Run this again with the server's key in the environment variable SETTINGS_ENCRYPTION_KEY."
    return "Put a copy of the file back, or move it away and import exported jobs again."


async def local_databases(patient: Patient) -> list[Finding]:
    try:
        paths = patient.databases()
    except InvalidValue as error:
        return [
            problem(
                f"The list of local databases cannot be read: {error}",
                'Move the file away; "repair" on each destination lists its database again.',
            )
        ]
    found = await trio.to_thread.run_sync(lambda: [each for path in paths for each in _local(path)])
    return found or [note("There are no local databases yet")]


def _local(path: Path) -> Iterator[Finding]:
    try:
        whose = origin(path)
    except DatabaseUnusable as error:
        yield problem(str(error).rstrip("."), f"Make {path} readable for this user.")
        return
    if whose == "absent":
        yield note(f"The local database {path} is not there", "The next run builds it from the destination.")
    elif whose == "duplicati":
        yield note(f"The local database {path} belongs to Duplicati and is left alone")
    elif whose == "foreign":
        yield problem(
            f"{path} is listed as a local database, but is none of Triplicati", f"Move it away. {_CACHE}"
        )
    elif fault := _fault(path, to_look_into):
        yield problem(f"The local database {path} is damaged: {fault}", _CACHE)
    else:
        yield good(f"The local database {path} is whole")


def _fault(path: Path, opened: Callable[[Path], apsw.Connection]) -> str:
    """What SQLite finds wrong, "" for nothing."""
    try:
        connection = opened(path)
        try:
            found = str(connection.execute("PRAGMA quick_check(1)").get)
        finally:
            connection.close()
    except (apsw.BusyError, apsw.LockedError):
        return ""  # who writes to it right now has it open and well
    except apsw.Error as error:
        return str(error)
    return "" if found == "ok" else found.replace("\n", " ")
