"""Asking for a backup to be deleted, also while it runs (spec/server.md 3.2)."""

from __future__ import annotations

import trio

from triplicati.messages.api_backups import Deleted
from triplicati.runner.daemon import Daemon
from triplicati.runner.removing import LOCAL_DATABASE, REMOTE_FILES

# Seconds that a run has to end when it is aborted for this.
_PATIENCE = 10.0


async def delete_backup(
    daemon: Daemon,
    backup_id: str,
    *,
    remote_files: bool = False,
    local_database: bool = False,
    force: bool = False,
) -> Deleted:
    """Adds the task that deletes it. One that runs is in the way, unless `force` has it aborted.

    Raises `BackupNotFound`.
    """
    backup = await daemon.backup(backup_id)
    running = daemon.queue.running
    if running is not None and running.backup.id == backup.id:
        if not force:
            return Deleted("failed", "backup-in-progress", running.id)
        _clear(daemon, backup.id)
        daemon.stop(running, "abort")
        with trio.move_on_after(_PATIENCE):
            await running.finished.wait()
        if not running.finished.is_set():
            return Deleted("failed", "backup-unstoppable", running.id)
    _clear(daemon, backup.id)
    asked = {REMOTE_FILES: remote_files, LOCAL_DATABASE: local_database}
    flags = frozenset(name for name, wanted in asked.items() if wanted)
    task = await daemon.start(backup.id, "Delete", flags=flags)
    return Deleted("OK", None, task.id)


def _clear(daemon: Daemon, backup_id: str) -> None:
    """What waits has nothing left to do."""
    for task in [each for each in daemon.queue.waiting if each.backup.id == backup_id]:
        daemon.stop(task, "abort")
