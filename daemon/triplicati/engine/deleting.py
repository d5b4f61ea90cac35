"""Deletes versions (spec/format.md 12.5). The space of their blocks is reclaimed by compacting, not here."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from triplicati.engine.remote import Remote
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, delete_filesets
from triplicati.index.volumes import VolumeRow, all_volumes, forget_volume, set_state


async def delete_versions(remote: Remote, database: Database, versions: Sequence[Fileset]) -> None:
    """Here first, then there: killed in between, the next run deletes the lists that are left."""
    lists = {row.id: row for row in await database.read(lambda c: all_volumes(c, "dlist"))}
    doomed: list[VolumeRow] = [lists[each.dlist] for each in versions if each.dlist in lists]

    def intend(connection: apsw.Connection) -> None:
        delete_filesets(connection, [each.id for each in versions])
        set_state(connection, [row.name for row in doomed], "Deleting")

    await database.write(intend, durable=True)
    for row in doomed:
        await remote.delete(row.name, row.size)
        await database.write(lambda c, row=row: forget_volume(c, row.id))  # type: ignore[misc]  # a default binds the loop's value
