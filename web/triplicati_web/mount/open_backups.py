"""Saved backups that somebody looks into, each opened once and closed when nobody came for a while."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from triplicati.engine.outcome import settled
from triplicati.messages.saved import SavedBackup
from triplicati.mounting.mounted import CACHE_SIZE, MountedBackup, mounted_backup
from triplicati.runner.browsing import asked
from triplicati.runner.daemon import Daemon

# Seconds without a request after which the room for its blocks is given back.
IDLE = 300.0

log = logging.getLogger(__name__)


class _Opened:
    """`ready` is set when there is either `mounted` or `error`."""

    def __init__(self, backup: SavedBackup) -> None:
        self.backup = backup
        self.ready = trio.Event()
        self.mounted: MountedBackup | None = None
        self.error: Exception | None = None
        self.users = 0
        self.changed = trio.Event()
        self.outdated = False

    def is_of(self, backup: SavedBackup) -> bool:
        """Whether it is still where that backup is now."""
        before = self.backup
        same = (before.target_url, before.db_path, before.settings) == (
            backup.target_url,
            backup.db_path,
            backup.settings,
        )
        return same and not self.outdated


class OpenBackups:
    """`run` is a service: nothing can be opened without it."""

    def __init__(self, daemon: Daemon, *, idle: float = IDLE, cache_size: int = CACHE_SIZE) -> None:
        self._daemon = daemon
        self._idle = idle
        self._cache_size = cache_size
        self._nursery: trio.Nursery | None = None
        self._opened: dict[str, _Opened] = {}

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            await trio.sleep_forever()

    async def by_name(self) -> dict[str, SavedBackup]:
        """By what their folders are called: no two alike, and no name that an address cannot hold."""
        found: dict[str, SavedBackup] = {}
        for backup in await self._daemon.backups():
            name = backup.name.replace("/", "-").replace("\0", "").strip() or "backup"
            if name in found or name in (".", ".."):
                name = f"{name} ({backup.id})"
            found[name] = backup
        return found

    @asynccontextmanager
    async def opened(self, backup: SavedBackup) -> AsyncIterator[MountedBackup]:
        """Raises as `mounted_backup` does."""
        entry = self._entry(backup)
        entry.users += 1
        try:
            await entry.ready.wait()
            if entry.mounted is None:
                raise entry.error or RuntimeError("the backup was not opened")
            yield entry.mounted
        finally:
            entry.users -= 1
            entry.changed.set()

    def _entry(self, backup: SavedBackup) -> _Opened:
        entry = self._opened.get(backup.id)
        if entry is not None and not entry.is_of(backup):
            entry.outdated = True
            entry.changed.set()
            entry = None
        if entry is None:
            assert self._nursery is not None, "run it first"
            entry = self._opened[backup.id] = _Opened(backup)
            self._nursery.start_soon(self._live, entry)
        return entry

    async def _live(self, entry: _Opened) -> None:
        try:
            await settled(lambda: self._open(entry))
        except Exception as error:  # told to who asked; it must not end the server
            entry.error = error
            log.warning("%s could not be opened to be read: %s", entry.backup.name, error)
        finally:
            self._forget(entry)
            entry.mounted = None
            entry.ready.set()

    async def _open(self, entry: _Opened) -> None:
        async with (
            asked(self._daemon, entry.backup) as order,
            mounted_backup(order, cache_size=self._cache_size, kept=True) as mounted,
        ):
            entry.mounted = mounted
            entry.ready.set()
            await self._until_idle(entry)

    async def _until_idle(self, entry: _Opened) -> None:
        while True:
            entry.changed = trio.Event()
            wait = float("inf") if entry.users else 0.0 if entry.outdated else self._idle
            with trio.move_on_after(wait):
                await entry.changed.wait()
                continue
            if not entry.users:
                self._forget(entry)  # before the next await: who comes now opens it again
                return

    def _forget(self, entry: _Opened) -> None:
        if self._opened.get(entry.backup.id) is entry:
            del self._opened[entry.backup.id]
