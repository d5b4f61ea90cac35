"""The file of a backup's local database: taken away, moved, exchanged (spec/server.md 3.4)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import trio

from triplicati.errors import (
    DatabaseFileExists,
    DatabaseInUse,
    DatabaseLocked,
    DiskFull,
    PathInvalid,
    TriplicatiError,
    disk_error,
)
from triplicati.index.database import open_database, origin
from triplicati.messages.saved import SavedBackup
from triplicati.runner.daemon import Daemon
from triplicati.runner.removing import database_path, delete_database


async def is_used_elsewhere(daemon: Daemon, backup: SavedBackup) -> bool:
    """Whether another backup has the same local database."""
    path = await database_path(daemon.store, backup)
    others = [each for each in await daemon.backups() if each.id != backup.id]
    if path is None:
        return False
    return path in [await database_path(daemon.store, each) for each in others]


async def delete_local(daemon: Daemon, backup: SavedBackup) -> None:
    """Raises `DatabaseLocked`."""
    _must_rest(daemon, backup)
    path = await database_path(daemon.store, backup)
    if path is not None:
        try:
            await delete_database(path)
        except DatabaseInUse:
            raise DatabaseLocked from None


async def use_other(daemon: Daemon, backup: SavedBackup, text: str | None) -> None:
    """From now on the file at this path. Raises `PathInvalid` and `DatabaseLocked`."""
    path = _absolute(text)
    _must_rest(daemon, backup)
    await _set_path(daemon, backup, path)


async def move_local(daemon: Daemon, backup: SavedBackup, text: str | None) -> None:
    """Moves the file. Raises `PathInvalid`, `DatabaseFileExists` and `DatabaseLocked`."""
    path = _absolute(text)
    _must_rest(daemon, backup)
    old = Path(backup.db_path)
    if await trio.Path(path).exists():
        raise DatabaseFileExists(path=path)
    if await trio.to_thread.run_sync(origin, old) == "ours":
        try:
            async with open_database(old):
                pass  # raises while another operation is on it; and leaves no journal
        except DatabaseInUse:
            raise DatabaseLocked from None
        await trio.to_thread.run_sync(_move, old, path)
    await _set_path(daemon, backup, path)


def _must_rest(daemon: Daemon, backup: SavedBackup) -> None:
    """A task that waits was told where the file is. Raises `DatabaseLocked`."""
    if daemon.queue.active(backup.id) is not None:
        raise DatabaseLocked


async def _set_path(daemon: Daemon, backup: SavedBackup, path: Path) -> None:
    if backup.temporary:
        raise PathInvalid(reason="A temporary backup keeps its local database")
    await daemon.store.set_db_path(backup.id, str(path))


def _absolute(text: str | None) -> Path:
    """Raises `PathInvalid`."""
    if not text or not text.strip():
        raise PathInvalid(reason="No path was given")
    if not os.path.isabs(text) or "\0" in text:
        raise PathInvalid(reason="The path must be absolute")
    return Path(os.path.normpath(text))


def _move(old: Path, new: Path) -> None:
    try:
        shutil.move(old, new)
    except OSError as error:
        raise _explained(error, new) from None


def _explained(error: OSError, path: Path) -> TriplicatiError:
    found = disk_error(error, str(path))
    return found if isinstance(found, DiskFull) else PathInvalid(reason=found.message)
