"""How much room there is for scratch files, and what they may take (spec/server.md 3.15)."""

from __future__ import annotations

import shutil
import tempfile

import trio

from triplicati.config.server.effective import effective_options
from triplicati.errors import InvalidValue
from triplicati.messages.api_folders import ScratchRoom
from triplicati.messages.saved import SavedBackup
from triplicati.options.option_values import OptionValues
from triplicati.runner.daemon import Daemon

_DBLOCK_SIZE, _CACHE = 50 * 2**20, 4 * 2**30


async def scratch_room(daemon: Daemon, backup_id: str | None = None) -> ScratchRoom:
    """For that backup, or for what every backup has. Raises `BackupNotFound`."""
    backup = await daemon.backup(backup_id) if backup_id else SavedBackup(name="", target_url="")
    application = await daemon.store.application_options()
    values = OptionValues(effective_options(backup, application))
    folder = values.text("tempdir") or tempfile.gettempdir()
    free, total = await trio.to_thread.run_sync(_usage, folder)
    dblock_size = _size(values, "dblock-size", _DBLOCK_SIZE)
    return ScratchRoom(folder, free, total, dblock_size, _size(values, "restore-cache-max", _CACHE))


def _usage(folder: str) -> tuple[int | None, int | None]:
    try:
        found = shutil.disk_usage(folder)
    except OSError:
        return None, None
    return found.free, found.total


def _size(values: OptionValues, name: str, default: int) -> int:
    try:
        return values.size(name) or default
    except InvalidValue:
        return default
