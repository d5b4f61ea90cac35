"""Takes a saved backup away: its volumes and its local database where that was asked for, then itself."""

from __future__ import annotations

import time
from pathlib import Path

import trio

from triplicati.config.server.store import Store
from triplicati.engine.remote import list_backup
from triplicati.errors import EmptyRemoteLocation, FolderMissing
from triplicati.index.database import open_database, origin
from triplicati.messages.results import Result
from triplicati.operations.order import Order, remote_of
from triplicati.runner.tasks import Task
from triplicati.runner.works import Work

REMOTE_FILES, LOCAL_DATABASE = "delete-remote-files", "delete-local-db"
# A version goes before its index, and that before its blocks: what is left after a failure is still whole.
_ORDER = {"dlist": 0, "dindex": 1, "dblock": 2}


def removal(store: Store) -> Work:
    """The work of the operation Delete."""

    async def remove(order: Order, task: Task) -> Result:
        begin = time.time()
        if REMOTE_FILES in task.flags:
            await delete_volumes(order)
        if LOCAL_DATABASE in task.flags and task.backup.db_path:
            await delete_database(Path(order.values.text("dbpath") or task.backup.db_path))
        await store.remove_backup(task.backup.id)
        return Result(main_operation="Delete", begin_time=begin, end_time=time.time())

    return remove


async def delete_volumes(order: Order) -> int:
    """All volumes of this backup's prefix; other files at the destination stay. Gives their number.

    Raises what the destination raises; a folder that is not there holds nothing.
    """
    order.report.phase("Deleting remote files ...")
    remote = remote_of(order)
    try:
        volumes = await list_backup(remote)
    except (FolderMissing, EmptyRemoteLocation):
        return 0
    volumes.sort(key=lambda each: _ORDER.get(each[0].kind, 0))
    order.report.progress.files_total, order.report.progress.counting = len(volumes), False
    for name, file in volumes:
        await remote.delete(name.name, file.size)
        order.report.progress.files_done += 1
    return len(volumes)


async def delete_database(path: Path) -> None:
    """A database of ours with its journals. Raises `DatabaseInUse`; what is not ours is left alone."""
    if await trio.to_thread.run_sync(origin, path) != "ours":
        return
    async with open_database(path):
        pass  # raises while another operation is on it
    await trio.to_thread.run_sync(_unlink, path)


def _unlink(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)

