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


def _vacuum(connection: apsw.Connection) -> None:
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _size(database: Database) -> int:
    return database.path.stat().st_size
