"""The machine: its clock, and room for scratch files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import trio

from triplicati.config.server.effective import effective_options
from triplicati.doctor.finding import Finding, good, problem, warning
from triplicati.doctor.patient import Patient, to_look_into
from triplicati.errors import DatabaseUnusable, InvalidValue
from triplicati.index.database import origin
from triplicati.index.filesets import filesets
from triplicati.messages.saved import SavedBackup
from triplicati.options.option_values import OptionValues
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local

_TOLERATED = 600
_DBLOCK_SIZE = 50 * 2**20
# Volumes that are made, checked and uploaded at the same time.
_AT_ONCE = 6
_SYNCHRONIZED = ("timedatectl", "show", "--property=NTPSynchronized", "--value")


async def clock(patient: Patient) -> list[Finding]:
    newest = await trio.to_thread.run_sync(_newest_version, patient)
    if newest > patient.now + _TOLERATED:
        return [
            problem(
                f"The clock says {format_local(int(patient.now))}, but there is a version of "
                f"{format_local(newest)}: it seems to be behind",
                "Set the clock (timedatectl set-ntp true). Until then backups are refused, for the new "
                "version "
                "would be older than the last one.",
            )
        ]
    if await trio.to_thread.run_sync(_is_synchronized, patient) is False:
        return [
            warning(
                f"Nothing sets the clock of this machine ({format_local(int(patient.now))})",
                "Turn time synchronization on: timedatectl set-ntp true. Schedules and retention go by the "
                "clock.",
            )
        ]
    return [good(f"The clock says {format_local(int(patient.now))}, after the newest version")]


def _newest_version(patient: Patient) -> int:
    newest = 0
    for path in patient.databases():
        try:
            if origin(path) != "ours":
                continue
            connection = to_look_into(path)
        except (DatabaseUnusable, apsw.Error):
            continue
        try:
            newest = max([newest, *(each.stamp for each in filesets(connection))])
        except apsw.Error:
            continue  # another check tells of it
        finally:
            connection.close()
    return newest


def _is_synchronized(patient: Patient) -> bool | None:
    """None where nobody knows, as in a container."""
    program = shutil.which(_SYNCHRONIZED[0], path=patient.environment.get("PATH"))
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *_SYNCHRONIZED[1:]], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


async def scratch_space(patient: Patient) -> list[Finding]:
    """Backups collect volumes there; a restore needs less."""
    wanted: dict[str, int] = {}
    for backup in patient.saved.backups or [SavedBackup(name="", target_url="")]:
        values = OptionValues(effective_options(backup, patient.saved.options))
        folder = values.text("tempdir") or tempfile.gettempdir()
        wanted[folder] = max(wanted.get(folder, 0), _AT_ONCE * _volume_size(values))
    return [finding for folder, size in wanted.items() for finding in _scratch(Path(folder), size)]


def _scratch(folder: Path, size: int) -> Iterator[Finding]:
    other = "give another folder with --tempdir (in the page: Settings, Options for all backups)"
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield problem(
            f"The folder for scratch files, {folder}, cannot be used: {error.strerror}",
            f"Make it writable, or {other}.",
        )
        return
    if free < size:
        yield warning(
            f"The folder for scratch files, {folder}, has {format_size(free)} free, and {format_size(size)} "
            "may "
            "be needed",
            f"Make room there, or {other}. With too little room backups make fewer volumes at once, and "
            "slower.",
        )
    else:
        yield good(f"The folder for scratch files, {folder}, has {format_size(free)} free")


def _volume_size(values: OptionValues) -> int:
    try:
        return values.size("dblock-size") or _DBLOCK_SIZE
    except InvalidValue:
        return _DBLOCK_SIZE


