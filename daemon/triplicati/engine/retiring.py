"""Takes volumes away that nothing needs any more: their indexes first, each after its intent."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import trio

from triplicati.engine.remote import Remote
from triplicati.index.database import Database
from triplicati.index.volumes import VolumeRow, all_volumes, forget_volumes, indexes_only_of, set_state

_AT_ONCE = 4


async def retire(remote: Remote, database: Database, dblocks: Sequence[int]) -> list[VolumeRow]:
    """Deletes dblocks with the dindex volumes that describe nothing else; gives what was deleted.

    Killed in between, the next run deletes the rest: what a deleted volume held and another one holds too is
    found there.
    """

    def intend(connection: apsw.Connection) -> tuple[list[VolumeRow], list[VolumeRow]]:
        wanted = set(dblocks)
        rows = [row for row in all_volumes(connection, "dblock") if row.id in wanted]
        indexes = indexes_only_of(connection, dblocks)
        set_state(connection, [row.name for row in (*indexes, *rows)], "Deleting")
        return indexes, rows

    indexes, rows = await database.write(intend, durable=True)
    for kind in (indexes, rows):
        await _delete(remote, kind)
    gone = [*indexes, *rows]
    await database.write(lambda c: forget_volumes(c, [row.id for row in gone]))
    return gone


async def _delete(remote: Remote, rows: Sequence[VolumeRow]) -> None:
    limit = trio.CapacityLimiter(_AT_ONCE)

    async def one(row: VolumeRow) -> None:
        async with limit:
            await remote.delete(row.name, row.size)

    async with trio.open_nursery() as nursery:
        for row in rows:
            nursery.start_soon(one, row)
