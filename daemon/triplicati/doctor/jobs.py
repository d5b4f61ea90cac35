"""Saved backups: whether each could run now, unattended, and reaches its destination."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import apsw
import trio

from triplicati.config.ownership import lock_folders, owner_of
from triplicati.doctor.finding import Finding, good, note, problem, warning
from triplicati.doctor.patient import Patient, to_look_into
from triplicati.engine.connecting import limited
from triplicati.errors import EmptyPassphrase, FolderMissing, TriplicatiError
from triplicati.formats.names import parse_name
from triplicati.index.database import origin
from triplicati.index.filesets import Fileset, filesets
from triplicati.index.settings import fits, read_settings
from triplicati.messages.saved import SavedBackup
from triplicati.operations.order import Order
from triplicati.operations.owning import address_of
from triplicati.operations.passphrase import for_writing
from triplicati.storage.destination import RemoteFile
from triplicati.storage.registry import open_destination
from triplicati.values.secrets import Secret
from triplicati.values.stamps import format_local

_AT_ONCE = 4
T = TypeVar("T")
_Look = Callable[[Patient, SavedBackup, Order], Awaitable[Finding]]


async def passphrases(patient: Patient) -> list[Finding]:
    return await _each(patient, _passphrase)


async def destinations(patient: Patient) -> list[Finding]:
    """Each is listed; nothing is written there."""
    return await _each(patient, _destination)


async def _each(patient: Patient, look: _Look) -> list[Finding]:
    backups = patient.saved.backups
    found: dict[str, Finding] = {}
    limit = trio.CapacityLimiter(_AT_ONCE)

    async def one(backup: SavedBackup) -> None:
        async with limit:
            found[backup.id] = await _looked(patient, backup, look)

    async with trio.open_nursery() as nursery:
        for backup in backups:
            nursery.start_soon(one, backup)
    return [found[backup.id] for backup in backups] or [note("No backups are saved here yet")]


async def _looked(patient: Patient, backup: SavedBackup, look: _Look) -> Finding:
    try:
        order = await patient.order(backup)
    except TriplicatiError as error:
        return problem(
            f'The options of "{backup.name}" cannot be used: {_plain(error)}',
            f'Edit the backup "{backup.name}" in the page.',
        )
    try:
        return await look(patient, backup, order)
    except Exception as error:
        order.hide_in(error)
        raise


async def _passphrase(_: Patient, backup: SavedBackup, order: Order) -> Finding:
    recorded = await trio.to_thread.run_sync(_recorded, backup)
    try:
        passphrase = for_writing(order.values, {}, recorded.get("encryption", ""))
    except EmptyPassphrase:
        return problem(
            f'"{backup.name}" is encrypted and has no passphrase, so that it cannot run',
            f'Edit "{backup.name}" and give the passphrase that it was made with, or a secret provider that '
            "knows it.",
        )
    except TriplicatiError as error:
        return problem(f'The encryption of "{backup.name}": {_plain(error)}', f'Edit "{backup.name}".')
    known = recorded.get("passphrase", "")
    if passphrase is None:
        return note(f'"{backup.name}" is not encrypted: who can read its destination can read everything')
    if known and not await trio.to_thread.run_sync(fits, Secret(passphrase), known):
        return problem(
            f'The passphrase of "{backup.name}" is not the one that its versions were made with',
            f'Edit "{backup.name}" and give the first one again; another one needs a destination of its own.',
        )
    return good(f'"{backup.name}" has its passphrase; keep a copy of it outside this machine')


async def _destination(patient: Patient, backup: SavedBackup, order: Order) -> Finding:
    shown, name = order.url.display, backup.name
    owner = owner_of(address_of(order), lock_folders(patient.folder.path, patient.environment))
    if owner is not None:
        return good(f'"{name}" is at work: {owner.told}')
    test = f'Test it in the page: edit "{name}", Destination, Test.'
    try:
        opened = open_destination(order.url, order.values.as_given())
        destination = limited(opened, order.values, order.url.scheme)
        with trio.fail_after(patient.patience):
            files = await destination.list()
    except trio.TooSlowError:
        seconds = f"{patient.patience:g}"
        return problem(f'The destination of "{name}", {shown}, does not answer within {seconds} s', test)
    except FolderMissing:
        return problem(
            f'The folder of "{name}" is missing: {shown}',
            "Mount its disk, or create the folder (the first backup does) if it never was there.",
        )
    except TriplicatiError as error:
        return problem(f'The destination of "{name}" cannot be used: {_plain(error)}', test)
    prefix = order.values.text("prefix") or "duplicati"
    return await trio.to_thread.run_sync(lambda: _newer(backup, files, prefix, shown))


def _newer(backup: SavedBackup, files: list[RemoteFile], prefix: str, shown: str) -> Finding:
    """A version that this machine does not know was made by another one, which no lock can tell."""
    names = [name for each in files if (name := parse_name(each.name)) and name.prefix == prefix]
    there = max((name.stamp or 0 for name in names), default=0)
    known = _newest(backup)
    if known and there > known:
        return warning(
            f'The destination of "{backup.name}" has a version of {format_local(there)} that this machine '
            'does '
            "not know: another program or machine backs up to the same place",
            "Let only one of them do that, or give each a folder or a prefix of its own. To go on here, "
            "repair "
            "the local database.",
        )
    if known and not names:
        return problem(
            f'The destination of "{backup.name}", {shown}, is empty, though there are versions of it',
            "Its disk may not be mounted, or another one in its place.",
        )
    return good(f'The destination of "{backup.name}", {shown}, answers; volumes: {len(names)}')


def _newest(backup: SavedBackup) -> int:
    none: list[Fileset] = []
    return max((each.stamp for each in _with_database(backup, filesets, none)), default=0)


def _recorded(backup: SavedBackup) -> dict[str, str]:
    return _with_database(backup, read_settings, {})


def _with_database(backup: SavedBackup, work: Callable[[apsw.Connection], T], otherwise: T) -> T:
    path = Path(backup.db_path)
    try:
        if not backup.db_path or origin(path) != "ours":
            return otherwise
        connection = to_look_into(path)
        try:
            return work(connection)
        finally:
            connection.close()
    except (TriplicatiError, apsw.Error):
        return otherwise  # the check of the databases tells why


def _plain(error: TriplicatiError) -> str:
    return str(error).rstrip(".")
