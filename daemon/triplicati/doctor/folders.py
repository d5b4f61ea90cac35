"""The data folder: that it can be used, that nobody else reads it, and that there is only one."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from triplicati.config.datafolder import MARKER
from triplicati.config.server.database import database_file
from triplicati.doctor.finding import Finding, good, note, problem, warning
from triplicati.doctor.patient import Patient
from triplicati.errors import this_user, user_name
from triplicati.values.sizes import format_size

_LITTLE = 200 * 2**20
_OTHERS = ("var/lib/triplicati", "root/.config/Duplicati", "var/lib/Duplicati")


async def data_folder(patient: Patient) -> list[Finding]:
    return list(_data_folder(patient))


def _data_folder(patient: Patient) -> Iterator[Finding]:
    path = patient.folder.path
    if patient.folder.notice:
        yield note(patient.folder.notice.rstrip("."))
    if not path.exists():
        yield _to_be_made(path)
        return
    if not path.is_dir():
        yield problem(f"{path} is no folder", "Move it away, or choose another: DUPLICATI_DATA_FOLDER.")
        return
    try:
        with tempfile.NamedTemporaryFile(dir=path, prefix=".doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield problem(
            f"The data folder {path} cannot be written: {error.strerror}",
            "Make room on its disk, mount it for writing, or give it to the user that runs Triplicati "
            "(chown).",
        )
        return
    free = shutil.disk_usage(path).free
    if free < _LITTLE:
        yield warning(
            f"The disk of the data folder {path} has only {format_size(free)} left",
            "Make room there: local databases grow with each backup.",
        )
        return
    yield good(f"The data folder {path} can be used, {format_size(free)} are free")


def _to_be_made(path: Path) -> Finding:
    above = next(each for each in path.parents if each.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return note(f"The data folder {path} is not made yet", "The first backup or start makes it.")
    return problem(
        f"The data folder {path} is not there, and cannot be made by the user {this_user()} in {above}",
        "Set HOME to a folder of this user, choose another data folder (DUPLICATI_DATA_FOLDER), or run "
        "Triplicati as a user who may write there.",
    )


async def permissions(patient: Patient) -> list[Finding]:
    return list(_permissions(patient.folder.path))


def _permissions(folder: Path) -> Iterator[Finding]:
    if sys.platform == "win32" or not folder.is_dir():
        return
    found = folder.stat()
    if found.st_uid not in (os.geteuid(), 0):
        yield problem(
            f"The data folder {folder} belongs to the user {user_name(found.st_uid)}",
            "Run Triplicati as that user, or give the folder to yours: "
            f"sudo chown -R {this_user()} {folder}",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        yield problem(
            f"Other users can open the data folder {folder}, which holds secrets",
            f"Close it: chmod 700 {folder}",
        )
    open_files = [
        each.name
        for each in folder.iterdir()
        if each.is_file() and not each.is_symlink() and stat.S_IMODE(each.stat().st_mode) & 0o077
    ]
    if open_files:
        names = ", ".join(sorted(open_files)[:3]) + (" ..." if len(open_files) > 3 else "")
        yield warning(
            f"Files in the data folder are readable by others: {names}",
            f"Close them: chmod go-rwx {folder}/*",
        )
    elif not stat.S_IMODE(found.st_mode) & 0o077:
        yield good("Only its owner can read the data folder")


async def side_by_side(patient: Patient) -> list[Finding]:
    """A service of root and a program of the user easily have one each: then jobs seem to be lost."""
    return list(_side_by_side(patient))


def _side_by_side(patient: Patient) -> Iterator[Finding]:
    ours = patient.folder.path.resolve()
    found = False
    for path in _candidates(patient.root):
        for each in (path, path / "triplicati"):
            if _is_ours(each) and each.resolve() != ours:
                found = True
                yield warning(
                    f"There is another data folder, {each} (user {user_name(each.stat().st_uid)}), with "
                    "backups and schedules of its own",
                    "What is saved there is not seen here. To look at it, as that user: "
                    f"DUPLICATI_DATA_FOLDER={each} triplicati doctor. Keep one of the two: export the jobs "
                    "of the "
                    "other one, and import them.",
                )
    if not found:
        yield good("No other data folder with backups was found")


def _candidates(root: Path) -> Iterator[Path]:
    for each in _OTHERS:
        yield root / each
    yield from _listed(root / "home")


def _listed(homes: Path) -> list[Path]:
    try:
        return [each / ".config" / "Duplicati" for each in sorted(homes.iterdir())]
    except OSError:
        return []


def _is_ours(folder: Path) -> bool:
    try:
        return (folder / MARKER).exists() and database_file(folder).exists()
    except OSError:  # another user's, and closed as it should be
        return False
