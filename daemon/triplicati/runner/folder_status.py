"""How it stands with the backup of a folder, as the shell of a desktop shows it (spec/server.md 3.14)."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Literal

import trio

from triplicati.config.server.effective import effective_sources
from triplicati.config.server.special_folders import special_folders
from triplicati.errors import FolderStatusDisabled, InvalidValue
from triplicati.messages.api_texts import FolderStatus
from triplicati.messages.saved import SavedBackup
from triplicati.runner.daemon import Daemon
from triplicati.runner.tasks import MAIN
from triplicati.source.named_paths import lies_in
from triplicati.values.stamps import parse_stamp

_SETTING = "enable-folder-status-service"
_State = Literal["backedup", "warning", "failed", "inprogress", "never"]


async def folder_states(daemon: Daemon) -> list[FolderStatus]:
    """Of every source. Raises `FolderStatusDisabled`."""
    return [
        _status(daemon, source, backup)
        for backup, sources in await _sources(daemon)
        for source in sources
    ]


async def folder_state(daemon: Daemon, path: str) -> FolderStatus:
    """By the backup that ran last of those which hold it. Raises `FolderStatusDisabled`."""
    holding = [
        backup
        for backup, sources in await _sources(daemon)
        if any(lies_in(path, source, case_sensitive=os.name != "nt") for source in sources)
    ]
    if not holding:
        return FolderStatus(path, "notinbackup")
    return _status(daemon, path, max(holding, key=lambda each: _time(each, "LastBackupDate") or 0))


async def _sources(daemon: Daemon) -> list[tuple[SavedBackup, list[str]]]:
    if (await daemon.store.setting(_SETTING)).lower() != "true":
        raise FolderStatusDisabled()
    folders = await trio.to_thread.run_sync(special_folders)
    return [
        (each, [path for path in effective_sources(each, folders, daemon.environment) if path[:1] != "@"])
        for each in await daemon.backups()
    ]


def _status(daemon: Daemon, path: str, backup: SavedBackup) -> FolderStatus:
    last = _time(backup, "LastBackupDate")
    at = None if last is None else datetime.fromtimestamp(last, UTC)
    return FolderStatus(path, _state(daemon, backup), backup.name, at, backup.id)


def _state(daemon: Daemon, backup: SavedBackup) -> _State:
    running = daemon.queue.running
    if running is not None and running.backup.id == backup.id and running.operation in MAIN:
        return "inprogress"
    finished, failed = _time(backup, "LastBackupFinished"), _time(backup, "LastErrorDate")
    if failed is not None and failed > (finished or 0):
        return "failed"
    if finished is None:
        return "never"
    result = backup.metadata.get("LastBackupResult", "")
    return "warning" if result == "Warning" else "failed" if result in ("Error", "Fatal") else "backedup"


def _time(backup: SavedBackup, key: str) -> int | None:
    try:
        return parse_stamp(backup.metadata.get(key, ""))
    except InvalidValue:
        return None
