"""Opening a local database, one writer and a few readers."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import apsw
import trio

from triplicati.errors import (
    DatabaseInUse,
    DatabaseTooNew,
    DatabaseUnusable,
    DiskFull,
    TriplicatiError,
    disk_error,
)
from triplicati.index.open_files import in_use, is_open_here, is_written_here
from triplicati.index.pragmas import VARIABLE, custom_pragmas
from triplicati.index.schema import APPLICATION_ID, REPELLENT_VERSION, SCHEMA, TABLES

T = TypeVar("T")
Origin = Literal["absent", "ours", "duplicati", "foreign"]
# Pages of the write-ahead log before it is copied back: SQLite's own number, and that of a bulk load, whose
# transactions write the same pages again and again. The cache is in KiB.
_USUAL_LOG, _LOADING_LOG, _LOADING_CACHE = 1_000, 20_000, -32_000


def origin(path: Path) -> Origin:
    """Whose database a file is, without ever opening another program's for writing.

    Raises `DatabaseUnusable` for what cannot be read.
    """
    if is_open_here(path):
        return "ours"
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return "absent"
    except OSError as error:
        raise DatabaseUnusable(path=path, reason=error.strerror) from error
    if not head:
        return "absent"
    if head[:16] != b"SQLite format 3\x00":
        return "foreign"
    if int.from_bytes(head[68:72], "big") == APPLICATION_ID:
        return "ours"
    return "duplicati" if _duplicati_version(path) is not None else "foreign"


def _duplicati_version(path: Path) -> int | None:
    uri = path.absolute().as_uri() + "?immutable=1"
    try:
        connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        with contextlib.closing(connection):
            version = connection.execute("SELECT max(Version) FROM Version").get
    except apsw.Error:
        return None
    return version if isinstance(version, int) and version < 1000 else None


class Database:
    """One writer at a time, up to four readers; each call is one bounded piece of work in a thread."""

    def __init__(self, path: Path, writer: apsw.Connection) -> None:
        self.path = path
        self._writer = writer
        self._write_limit = trio.CapacityLimiter(1)
        self._read_limit = trio.CapacityLimiter(4)
        self._durable = False

    async def write(self, work: Callable[[apsw.Connection], T], *, durable: bool = False) -> T:
        """One transaction. `durable` waits for the disk: for intents and changes of state, not for facts that
        the destination can tell again."""
        return await trio.to_thread.run_sync(self._transact, work, durable, limiter=self._write_limit)

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """On a connection of its own, which sees what was committed when `work` began."""
        return await trio.to_thread.run_sync(self._query, work, limiter=self._read_limit)

    async def rewrite(self, work: Callable[[apsw.Connection], T]) -> T:
        """As `write`, outside a transaction, for what cannot be in one."""

        def explained() -> T:
            with _explained(self.path):
                return work(self._writer)

        return await trio.to_thread.run_sync(explained, limiter=self._write_limit)

    @asynccontextmanager
    async def bulk_loading(self) -> AsyncIterator[None]:
        """While the body runs nothing waits for the disk. For a file that is worth nothing before it is
        whole: what comes after a power failure is made anew."""
        cache = await self.rewrite(lambda c: c.pragma("cache_size"))
        await self._tune(f"synchronous = OFF; PRAGMA cache_size = {_LOADING_CACHE}", _LOADING_LOG)
        try:
            yield
        finally:
            with trio.CancelScope(shield=True):
                await self._tune(f"synchronous = NORMAL; PRAGMA cache_size = {cache}", _USUAL_LOG)
                self._durable = False

    async def _tune(self, pragmas: str, log: int) -> None:
        text = f"PRAGMA {pragmas}; PRAGMA wal_autocheckpoint = {log}"
        await self.rewrite(lambda c: c.execute(text).fetchall())

    @contextmanager
    def reader(self) -> Iterator[apsw.Connection]:
        """A read-only connection for a thread that reads for long. To be used in that thread alone."""
        connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
        with contextlib.closing(connection):
            connection.set_busy_timeout(10_000)
            connection.execute("PRAGMA query_only = 1; PRAGMA cache_size = -8000").fetchall()
            _customize(connection)
            yield connection

    def _query(self, work: Callable[[apsw.Connection], T]) -> T:
        with _explained(self.path), self.reader() as connection:
            return work(connection)

    def _transact(self, work: Callable[[apsw.Connection], T], durable: bool) -> T:
        with _explained(self.path):
            if durable is not self._durable:
                self._writer.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._writer)
                self._writer.execute("COMMIT")
            except BaseException:
                # A full disk may have rolled it back already.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
            return result

    def _close(self) -> None:
        with contextlib.suppress(apsw.Error):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.close()


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Opens ours or makes an empty one, readable by its owner only, and holds it against other processes.

    Raises `DatabaseUnusable` for any file that is not ours, `DatabaseTooNew`, `DatabaseInUse`.
    """
    with _lock(path):
        writer = await trio.to_thread.run_sync(_connect, path)
        database = Database(path, writer)
        try:
            yield database
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(database._close)


@asynccontextmanager
async def open_to_read(path: Path) -> AsyncIterator[Database]:
    """Ours, for reading only, also while another process writes to it. Raises as `open_database`."""
    with _explained(path):
        # Not opened read-only: the last one to close takes the write-ahead log away, which only a writer may.
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    with in_use(path):
        try:
            with _explained(path):
                connection.set_busy_timeout(10_000)
                connection.execute("PRAGMA query_only = 1").fetchall()
                _check(connection, path)
            yield Database(path, connection)
        finally:
            connection.close()


def _connect(path: Path) -> apsw.Connection:
    with _explained(path):
        connection = apsw.Connection(str(path))
        try:
            connection.set_busy_timeout(10_000)
            if connection.pragma("application_id") == 0:
                # Before the write-ahead log: `origin` must see whose it is even if that is never copied back.
                connection.execute(f"BEGIN EXCLUSIVE; {TABLES} COMMIT")
            _check(connection, path)
            # Taken to the end: a pragma gives a row, and the next one runs only when that is taken.
            connection.execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000"
            ).fetchall()
            _customize(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _customize(connection: apsw.Connection) -> None:
    if text := os.environ.get(VARIABLE):
        connection.execute(custom_pragmas(text)).fetchall()


def _check(connection: apsw.Connection, path: Path) -> None:
    if connection.pragma("application_id") != APPLICATION_ID:
        raise DatabaseUnusable(path=path, reason="it belongs to another program")
    schema = connection.pragma("user_version")
    if isinstance(schema, int) and schema > SCHEMA:
        raise DatabaseTooNew(path=path, found=schema, known=SCHEMA)
    if connection.execute("SELECT max(Version) FROM Version").get != REPELLENT_VERSION:
        raise DatabaseUnusable(path=path, reason="another program changed it")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise _explanation(error, path) from error


def _explanation(error: apsw.Error, path: Path) -> TriplicatiError:
    # A full disk has no room for the index of the write-ahead log either, which is another error.
    code = getattr(error, "extendedresult", 0)  # the type stubs do not know it
    if isinstance(error, apsw.FullError) or code == apsw.SQLITE_IOERR_SHMSIZE:
        return DiskFull(path=path, reason=str(error))
    if isinstance(error, apsw.BusyError):
        return DatabaseInUse(path=path)
    return DatabaseUnusable(path=path, reason=str(error))


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Held from the first open to the last close, so that two backups never share a database."""
    if is_written_here(path):
        raise DatabaseInUse(path=path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        failure = disk_error(error, str(path))
        if isinstance(failure, DiskFull):
            raise failure from error
        raise DatabaseUnusable(path=path, reason=error.strerror) from error
    locked, whose = _try_lock(handle), origin(path)
    with in_use(path, handle):
        if not locked:
            raise DatabaseInUse(path=path)
        if whose not in ("absent", "ours"):
            raise DatabaseUnusable(path=path, reason="it belongs to another program")
        yield


def _try_lock(handle: int) -> bool:
    if sys.platform == "win32":
        # SQLite's own locks serve there: a second lock on the same file would shut SQLite out.
        return True
    import fcntl  # noqa: PLC0415 - absent on Windows

    try:
        # flock and SQLite's POSIX locks do not see each other, and closing this handle must not drop
        # SQLite's: the handle outlives the connection.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
