"""Takes a saved backup away: its volumes and its local database where that was asked for, then itself."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio

from triplicati.config.dbconfig import our_name
from triplicati.config.server.effective import effective_options
from triplicati.config.server.store import Store
from triplicati.engine.remote import list_backup
from triplicati.errors import EmptyRemoteLocation, FolderMissing, PathInvalid
from triplicati.index.database import open_database, origin
from triplicati.messages.results import Result
from triplicati.messages.saved import SavedBackup
from triplicati.operations.order import Order, remote_of
from triplicati.runner.tasks import Task
from triplicati.runner.works import Work
from triplicati.values.booleans import parse_boolean

REMOTE_FILES, LOCAL_DATABASE = "delete-remote-files", "delete-local-db"
# A version goes before its index, and that before its blocks: what is left after a failure is still whole.
_ORDER = {"dlist": 0, "dindex": 1, "dblock": 2}


def removal(store: Store, forget: Callable[[str], None]) -> Work:
    """The work of the operation Delete where volumes are to be deleted. `forget` takes away what is in
    memory of a backup."""

    async def remove(order: Order, task: Task) -> Result:
        begin = time.time()
        await delete_volumes(order)
        return await _removed(store, forget, task, begin)

    return remove


def bare_removal(
    store: Store, forget: Callable[[str], None]
) -> Callable[[Task], Callable[[], Awaitable[Result]] | None]:
    """The work of a Delete that leaves the destination alone, None for any other task."""

    def of_task(task: Task) -> Callable[[], Awaitable[Result]] | None:
        if task.operation != "Delete" or REMOTE_FILES in task.flags:
            return None
        return lambda: _removed(store, forget, task, time.time())

    return of_task


async def _removed(store: Store, forget: Callable[[str], None], task: Task, begin: float) -> Result:
    if LOCAL_DATABASE in task.flags:
        path = await database_path(store, task.backup)
        if path is not None:
            await delete_database(path)
    if not task.backup.temporary:
        await store.remove_backup(task.backup.id)
    forget(task.backup.id)
    return Result(main_operation="Delete", begin_time=begin, end_time=time.time())


async def database_path(store: Store, backup: SavedBackup) -> Path | None:
    """The file that runs of this backup use; None where an option says that there is none."""
    options = effective_options(backup, await store.application_options())
    if "no-local-db" in options and parse_boolean(options["no-local-db"]):
        return None
    return await trio.to_thread.run_sync(_beside_theirs, Path(options.get("dbpath") or backup.db_path))


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


def _beside_theirs(path: Path) -> Path:
    """A database of real Duplicati is left alone."""
    path = path.expanduser().absolute()
    try:
        return path.with_name(our_name(path)) if origin(path) == "duplicati" else path
    except ValueError:
        raise PathInvalid(reason="The path of the local database is none") from None


def _unlink(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)

