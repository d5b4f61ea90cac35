"""Saved backups as clients see them: without secrets, with what the machine knows of them
(spec/server.md 3.2)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

import msgspec
import trio

from triplicati.config.server.job_forms import backup_form, schedule_form
from triplicati.config.server.masking import masked
from triplicati.config.server.saved_rules import settings_by_name
from triplicati.config.server.special_folders import display_names, special_folders
from triplicati.messages.api_backups import BackupLook, BackupRow, OneBackup, OneBackupTwice
from triplicati.messages.job_file import ScheduleForm
from triplicati.messages.saved import SavedBackup
from triplicati.runner.daemon import Daemon

_SPAN = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)")
_LAST = float("inf")

Key = Callable[[SavedBackup], float | str]


async def listed_backups(daemon: Daemon, order_by: str = "") -> list[BackupRow]:
    """In the wanted order, else in that of the settings; as `OneBackup`, but with fewer members filled."""
    wanted = order_by.strip() or await daemon.store.setting("backup-list-sort-order")
    backups = in_order(await daemon.backups(), wanted)
    there = await databases_there(backups)
    return [
        BackupRow(_in_a_list(each, found), _schedule(each))
        for each, found in zip(backups, there, strict=True)
    ]


async def one_backup(daemon: Daemon, backup_id: str) -> OneBackupTwice:
    """Raises `BackupNotFound`."""
    backup = await daemon.backup(backup_id)
    (there,) = await databases_there([backup])
    folders = await trio.to_thread.run_sync(special_folders)
    shown = masked(backup)
    names = display_names(shown.sources, folders)
    # Whether a passphrase is stored is told in lists only.
    look = _look(shown, there=there, readable=False)
    once = OneBackup(_schedule(backup), look, names)
    return OneBackupTwice(once.schedule, look, names, data=once)


def in_order(backups: Sequence[SavedBackup], wanted: str) -> list[SavedBackup]:
    """Sorted by names such as ``-lastrun,name``; unknown ones count for nothing."""
    found = list(backups)
    for each in reversed(wanted.lower().split(",")):
        name = each.strip()
        key = _KEYS.get(name.lstrip("+-"))
        if key is not None:
            found.sort(key=key, reverse=name.startswith("-"))
    return found


async def databases_there(backups: Sequence[SavedBackup]) -> list[bool]:
    paths = [each.db_path for each in backups]
    return await trio.to_thread.run_sync(lambda: [bool(path) and os.path.isfile(path) for path in paths])


def _in_a_list(backup: SavedBackup, there: bool) -> BackupLook:
    look = _look(masked(backup), there=there, readable=_is_readable(backup))
    return msgspec.structs.replace(look, settings=None, filters=None, additional_target_urls=[])


def _look(shown: SavedBackup, *, there: bool, readable: bool) -> BackupLook:
    """`shown` without secrets."""
    form = backup_form(shown)
    return BackupLook(
        **msgspec.structs.asdict(form), db_path_exists=there, is_unencrypted_or_passphrase_stored=readable
    )


def _is_readable(backup: SavedBackup) -> bool:
    options = settings_by_name(backup)
    return not (options.get("encryption-module") or "").strip() or bool(options.get("passphrase"))


def _schedule(backup: SavedBackup) -> ScheduleForm | None:
    return None if backup.schedule is None else schedule_form(backup.schedule, backup.id)


def _number(name: str) -> Key:
    def key(backup: SavedBackup) -> float:
        text = backup.metadata.get(name, "")
        return float(text) if text.isascii() and text.isdigit() else 0.0

    return key


def _duration(backup: SavedBackup) -> float:
    match = _SPAN.fullmatch(backup.metadata.get("LastBackupDuration", ""))
    if match is None:
        return 0.0
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


_KEYS: dict[str, Key] = {
    "id": lambda each: float(each.id),
    "name": lambda each: each.name.casefold(),
    "lastrun": lambda each: each.metadata.get("LastBackupStarted", ""),
    "nextrun": lambda each: _LAST if each.schedule is None else float(each.schedule.time),
    "schedule": lambda each: float(each.schedule is None or not each.schedule.repeat.strip()),
    "backend": lambda each: each.target_url.partition("://")[0].lower(),
    "sourcesize": _number("SourceFilesSize"),
    "destinationsize": _number("TargetFilesSize"),
    "duration": _duration,
}
