"""Gives room back that a local database no longer needs."""

from __future__ import annotations

import apsw
import trio

from triplicati.index.database import Database


async def vacuum(database: Database) -> tuple[int, int]:
    """Bytes of the file before and after. Raises as `Database.write`."""
    before = await trio.to_thread.run_sync(_size, database)
    await database.rewrite(_vacuum)
    return before, await trio.to_thread.run_sync(_size, database)


def free_share(connection: apsw.Connection) -> float:
    """How much of the file holds nothing, from 0 to 1."""
    pages, free = connection.pragma("page_count"), connection.pragma("freelist_count")
    assert isinstance(pages, int)
    assert isinstance(free, int)
    return free / max(pages, 1)


def _vacuum(connection: apsw.Connection) -> None:
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _size(database: Database) -> int:
    return database.path.stat().st_size
