"""The server's database file: opening it, and one piece of work at a time (spec/server.md 7.1)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import apsw
import trio

from triplicati.config.datafolder import DataFolder, create
from triplicati.config.server.schema import LATER_TABLES, MARK, OUR_TABLES, TABLES, VERSION
from triplicati.errors import (
    DiskFull,
    ServerDatabaseForeign,
    ServerDatabaseInUse,
    ServerDatabaseTooNew,
    ServerDatabaseUnusable,
    TriplicatiError,
    disk_error,
)

NAME = "Duplicati-server.sqlite"
_NAMES = (NAME, "duplicati-server.sqlite")
_HEAD = b"SQLite format 3\x00"
_LARGEST_CHECKED = 32 * 1024**2

T = TypeVar("T")


class ServerDatabase:
    """One connection that one thread at a time works with; each call is one transaction, best below 50 ms.

    A rollback journal and no open reader: another program can read the file at any moment, whole.
    """

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self.path = path
        self._connection = connection
        self._limit = trio.CapacityLimiter(1)

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """What `work` sees is of one moment. Raises `ServerDatabaseUnusable`, `ServerDatabaseInUse`."""
        return await trio.to_thread.run_sync(self._transact, work, "BEGIN", limiter=self._limit)

    async def write(self, work: Callable[[apsw.Connection], T]) -> T:
        """Is on the disk when it returns, or has changed nothing. Raises as `read`, and `DiskFull`."""
        return await trio.to_thread.run_sync(self._transact, work, "BEGIN IMMEDIATE", limiter=self._limit)

    def _transact(self, work: Callable[[apsw.Connection], T], begin: str) -> T:
        with explained(self.path):
            self._connection.execute(begin)
            try:
                result = work(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have rolled it back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return result


@asynccontextmanager
async def open_server_database(folder: DataFolder) -> AsyncIterator[ServerDatabase]:
    """Opens the database of our data folder, or makes it, readable by its owner only.

    Raises `ServerDatabaseUnusable`, `ServerDatabaseTooNew`, `ServerDatabaseForeign`, `ServerDatabaseInUse`,
    `DiskFull`; a file that was there is as it was then.
    """
    path = await trio.to_thread.run_sync(_prepared, folder)
    connection = await trio.to_thread.run_sync(_connect, path)
    try:
        yield ServerDatabase(path, connection)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(connection.close)


def database_file(folder: Path) -> Path:
    """The file in a folder: the first spelling that is there, the customary one where none is."""
    return next((folder / name for name in _NAMES if (folder / name).exists()), folder / NAME)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Errors of SQLite as ours."""
    try:
        yield
    except apsw.FullError as error:
        raise DiskFull(path=path, reason=str(error)) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise ServerDatabaseInUse(path=path) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise ServerDatabaseUnusable(path=path, reason=f"it is damaged ({error})") from error
    except apsw.Error as error:
        raise ServerDatabaseUnusable(path=path, reason=str(error)) from error


def _prepared(folder: DataFolder) -> Path:
    try:
        create(folder)
        path = database_file(folder.path)
        # Made before SQLite does, which would let others read it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        failure: TriplicatiError = disk_error(error, str(folder.path))
        if isinstance(failure, DiskFull):
            raise failure from error
        place = error.filename or folder.path
        raise ServerDatabaseUnusable(path=place, reason=error.strerror or str(error)) from error
    return path


def _connect(path: Path) -> apsw.Connection:
    with explained(path):
        _check_head(path)
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.set_busy_timeout(5_000)
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def _check_head(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(len(_HEAD))
    if head and head != _HEAD:
        raise ServerDatabaseUnusable(path=path, reason="it is damaged or no SQLite database")


def _prepare(connection: apsw.Connection, path: Path) -> None:
    # What is overwritten may be a secret in clear.
    connection.execute(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"
    ).fetchall()
    if connection.execute("SELECT count(*) FROM sqlite_schema").get == 0:
        connection.execute(f"BEGIN IMMEDIATE; {TABLES} {OUR_TABLES} COMMIT")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "Version" not in tables or "Backup" not in tables:
        raise ServerDatabaseUnusable(path=path, reason="it is the database of another program")
    version = connection.execute("SELECT max(Version) FROM Version").get
    if not isinstance(version, int):
        raise ServerDatabaseUnusable(path=path, reason="it does not tell its version")
    if version > VERSION:
        raise ServerDatabaseTooNew(path=path, found=version, known=VERSION)
    if version < VERSION or MARK not in tables:
        raise ServerDatabaseForeign(path=path)
    _check_whole(connection, path)
    # Whatever another program left: readers of the file alone must see everything.
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    connection.execute(f"BEGIN IMMEDIATE; {LATER_TABLES} COMMIT")


def _check_whole(connection: apsw.Connection, path: Path) -> None:
    if path.stat().st_size > _LARGEST_CHECKED:
        return
    found = connection.execute("PRAGMA quick_check(1)").get
    if found != "ok":
        raise ServerDatabaseUnusable(path=path, reason=f"it is damaged ({found})")
