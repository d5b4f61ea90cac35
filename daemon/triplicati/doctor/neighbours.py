"""Real Duplicati on the same machine: its programs, and its jobs for the same destinations."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import trio

from triplicati.config.datafolder import MARKER
from triplicati.config.ownership import canonical_address
from triplicati.config.server.database import database_file
from triplicati.config.server.field_cipher import SettingsKey
from triplicati.config.server.foreign_database import read_foreign_server
from triplicati.config.server.settings_keys import given_key
from triplicati.doctor.finding import Finding, good, note, problem, warning
from triplicati.doctor.patient import Patient
from triplicati.errors import TriplicatiError
from triplicati.messages.saved import SavedBackup
from triplicati.values.urls import parse_url

_PROGRAMS = ("duplicati", "duplicati-cli", "duplicati-server")
_FOLDERS = ("root/.config/Duplicati", "var/lib/Duplicati", "usr/lib/duplicati/data")


async def on_path(patient: Patient) -> list[Finding]:
    path = patient.environment.get("PATH", "")
    theirs = {
        name: found
        for name in _PROGRAMS
        if (found := shutil.which(name, path=path)) and not _is_ours(Path(found))
    }
    if not theirs:
        return [good("No program of Duplicati comes first on the PATH")]
    shown = ", ".join(theirs.values())
    return [
        note(
            f"These are programs of Duplicati: {shown}",
            f'Say "triplicati" instead of "{next(iter(theirs))}" to be sure of ours, or put its folder first '
            "on the PATH.",
        )
    ]


def _is_ours(path: Path) -> bool:
    """A script of ours names the package that it starts."""
    try:
        with path.open("rb") as file:
            return b"triplicati" in file.read(2000)
    except OSError:
        return False


async def same_destination(patient: Patient) -> list[Finding]:
    """A schedule there and one here would spoil each other's backup."""
    found: list[Finding] = []
    looked = 0
    for folder in dict.fromkeys(_folders(patient)):
        try:
            if (folder / MARKER).exists() or not database_file(folder).is_file():
                continue
        except OSError:
            continue
        looked += 1
        found += await trio.to_thread.run_sync(_of_folder, patient, folder)
    if found:
        return found
    return [good("No Duplicati on this machine has a job for the same destination")] if looked else [
        good("There are no jobs of a Duplicati on this machine")
    ]


def _folders(patient: Patient) -> list[Path]:
    home = patient.environment.get("HOME")
    ours = [patient.folder.theirs] if patient.folder.theirs else []
    if home:
        ours.append(Path(home, ".config", "Duplicati"))
    return [*ours, *(patient.root / each for each in _FOLDERS)]


def _of_folder(patient: Patient, folder: Path) -> list[Finding]:
    given = given_key(patient.key, patient.environment)
    keys: list[SettingsKey] = [given] if given else []
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-") as workplace:
            theirs = read_foreign_server(folder, Path(workplace), keys)
    except TriplicatiError as error:
        return [
            note(
                f"The jobs of the Duplicati in {folder} cannot be read: {str(error).rstrip('.')}",
                "Look there whether a job has the same destination as one here.",
            )
        ]
    here = {_address(each): each.name for each in patient.saved.backups}
    return [_both(job, here[_address(job)]) for job in theirs.backups if _address(job) in here]


def _both(job: SavedBackup, name: str) -> Finding:
    if job.schedule is None or job.schedule.paused:
        return warning(
            f'Duplicati has a job for the destination of "{name}" too: "{job.name}"',
            "Run only one of the two. To go back to Duplicati, recreate its local database first; never "
            "repair it.",
        )
    return problem(
        f'Duplicati runs "{job.name}" by a schedule, to the same destination as "{name}" here',
        "Switch the schedule off in one of the two: a destination has one owner only.",
    )


def _address(backup: SavedBackup) -> str:
    options = {each.name.lstrip("-"): each.value for each in backup.settings}
    try:
        url = parse_url(backup.target_url)
    except TriplicatiError:
        return f"{os.fspath(backup.name)}:{backup.id}"
    prefix = options.get("prefix") or "duplicati"
    return canonical_address(url, prefix, options, options.get("auth-username") or "")
