"""What the command sync has put at a destination, so that it knows what changed and what is its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

import apsw
import msgspec
import trio

from triplicati.errors import DatabaseUnusable

APPLICATION_ID = 0x54726953  # "TriS"
_TABLES = f"""
PRAGMA journal_mode = WAL;
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE IF NOT EXISTS sent (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, digest BLOB, ours INTEGER NOT NULL,
    seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (number INTEGER NOT NULL);
"""
T = TypeVar("T")


class Sent(msgspec.Struct, frozen=True):
    """A file at the destination by its path there: `size` in bytes and `mtime` in nanoseconds of the source
    when it was sent, `digest` its SHA-256, None for not known. `ours`: a sync has put it there."""

    path: str
    size: int
    mtime: int
    digest: bytes | None = None
    ours: bool = True


class SyncState:
    """Each call is one bounded piece of work in a thread."""

    def __init__(self, path: Path, connection: apsw.Connection, run: int) -> None:
        self.path = path
        self._connection = connection
        self._run = run
        self._limit = trio.CapacityLimiter(1)

    async def known(self, paths: Sequence[str]) -> dict[str, Sent]:
        marks = ",".join("?" * len(paths))
        query = f"SELECT path, size, mtime, digest, ours FROM sent WHERE path IN ({marks})"
        rows = await self._do(lambda c: c.execute(query, tuple(paths)).fetchall())
        return {each.path: each for each in map(_sent, rows)}

    async def record(self, files: Iterable[Sent]) -> None:
        rows = [(each.path, each.size, each.mtime, each.digest, each.ours, self._run) for each in files]
        await self._do(lambda c: c.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?)", rows))

    async def mark(self, paths: Iterable[str]) -> None:
        """That the source still has them."""
        rows = [(self._run, path) for path in paths]
        await self._do(lambda c: c.executemany("UPDATE sent SET seen = ? WHERE path = ?", rows))

    async def gone(self, after: str, limit: int = 500) -> list[Sent]:
        """Those of ours that this run has not seen, in the order of their paths."""
        query = (
            "SELECT path, size, mtime, digest, ours FROM sent WHERE seen <> ? AND path > ?"
            " AND ours ORDER BY path LIMIT ?"
        )
        rows = await self._do(lambda c: c.execute(query, (self._run, after, limit)).fetchall())
        return [_sent(row) for row in rows]

    async def forget(self, paths: Iterable[str]) -> None:
        rows = [(path,) for path in paths]
        await self._do(lambda c: c.executemany("DELETE FROM sent WHERE path = ?", rows))

    async def _do(self, work: Callable[[apsw.Connection], T]) -> T:
        def transact() -> T:
            with _explained(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    found = work(self._connection)
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
                return found

        return await trio.to_thread.run_sync(transact, limiter=self._limit)


@asynccontextmanager
async def open_sync_state(path: Path) -> AsyncIterator[SyncState]:
    """Raises `DatabaseUnusable` for a file that is something else."""
    connection, run = await trio.to_thread.run_sync(_open, path)
    try:
        yield SyncState(path, connection, run)
    finally:
        connection.close()


def _open(path: Path) -> tuple[apsw.Connection, int]:
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        connection = apsw.Connection(str(path))
        try:
            found = connection.pragma("application_id")
            tables = connection.execute("SELECT count(*) FROM sqlite_master").get
            if found != APPLICATION_ID and (found or tables):
                raise DatabaseUnusable(path=path, reason="it is the local database of something else")
            connection.execute(_TABLES).fetchall()
            with connection:
                connection.execute("INSERT INTO run SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM run)")
                connection.execute("UPDATE run SET number = number + 1")
            return connection, cast("int", connection.execute("SELECT number FROM run").get)
        except BaseException:
            connection.close()
            raise


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.Error, OSError) as error:
        raise DatabaseUnusable(path=path, reason=str(error)) from error


def _sent(row: apsw.SQLiteValues) -> Sent:
    path, size, mtime, digest, ours = row
    return Sent(
        cast("str", path), cast("int", size), cast("int", mtime), cast("bytes | None", digest), bool(ours)
    )
