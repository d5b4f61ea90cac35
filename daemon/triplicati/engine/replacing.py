"""Makes damaged indexes anew from the local database (spec/format.md 12.7).

The new ones are seen in a fresh listing before the old ones go. Killed at any point, the old one is found
damaged again, and an index that is there already is not made a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import apsw

from triplicati.engine.persisted import recorded_format, staging_identity
from triplicati.engine.reconcile import look, settle
from triplicati.engine.remote import Remote
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.staging import staging_folder
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import VolumeWriting
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.index.volumes import VolumeRow, all_volumes, forget_volumes, set_state

_THERE = ("Uploaded", "Verified")


async def replace_indexes(
    remote: Remote,
    database: Database,
    settings: UpkeepSettings,
    faulty: Sequence[VolumeRow],
    staging: Path | None = None,
) -> set[int]:
    """Gives the ids of those that were replaced: not of one that describes nothing known, which may be all
    there is of what it describes. `staging` is the folder for new volumes of who has one.

    Raises what the destination and the database raise; what was done until then stays done.
    """
    recorded = await database.read(read_settings)
    encryption = recorded.get("encryption", "none")
    if settings.index_policy == "None" or (encryption != "none" and "passphrase" not in recorded):
        return set()  # with a passphrase that nobody confirmed nothing may be written
    described = await database.read(lambda c: _described(c, [row.id for row in faulty]))
    wanted = [row for row in faulty if described.get(row.id)]
    if not wanted:
        return set()
    remote.report.phase("Replacing damaged indexes ...")
    # One that a killed run sent may have arrived, and be all that is wanted.
    await settle(remote, database, await look(remote, database))
    bad = {row.id for row in faulty}
    async with AsyncExitStack() as stack:
        if staging is None:
            identity = await staging_identity(database)
            staging = await stack.enter_async_context(
                staging_folder(remote.destination, settings.upload_folder, identity)
            )
        form, sealed = await recorded_format(database), "" if encryption == "none" else encryption
        writing = VolumeWriting(form, sealed, remote.keys, staging, settings.level)
        uploader = Uploader(
            remote, database, writing, index_policy=settings.index_policy, list_after=False
        )
        for dblock in {each.id: each for row in wanted for each in described[row.id]}.values():
            await remote.report.go_on()
            if not await database.read(lambda c, dblock=dblock: _indexes_of(c, dblock.id, bad)):  # type: ignore[misc]  # a default binds the loop's value
                await uploader.missing_dindex(dblock)
    listed = {each.name: each.size for each in await remote.list()}

    def intend(connection: apsw.Connection) -> list[VolumeRow]:
        def seen(dblock: VolumeRow) -> bool:
            there = _indexes_of(connection, dblock.id, bad)
            return any(listed.get(each.name) in (each.size, -1) for each in there)

        found = [row for row in wanted if all(map(seen, described[row.id]))]
        set_state(connection, [row.name for row in found], "Deleting")
        return found

    old = await database.write(intend, durable=True)
    for row in old:
        await remote.delete(row.name, row.size)
    await database.write(lambda c: forget_volumes(c, [row.id for row in old]), durable=True)
    return {row.id for row in old}


def _described(connection: apsw.Connection, indexes: Sequence[int]) -> dict[int, list[VolumeRow]]:
    """The dblocks at the destination that indexes describe, by the ids of the indexes."""
    dblocks = {row.id: row for row in all_volumes(connection, "dblock") if row.state in _THERE}
    found: dict[int, list[VolumeRow]] = {}
    for index in indexes:
        rows = connection.execute("SELECT dblock FROM index_link WHERE dindex = ?", (index,))
        found[index] = [dblocks[each] for (each,) in cast("list[tuple[int]]", rows) if each in dblocks]
    return found


def _indexes_of(connection: apsw.Connection, dblock: int, bad: Collection[int]) -> list[VolumeRow]:
    """The indexes that describe a dblock, but for those that are bad."""
    rows = connection.execute("SELECT dindex FROM index_link WHERE dblock = ?", (dblock,))
    wanted = {each for (each,) in cast("list[tuple[int]]", rows)} - set(bad)
    return [row for row in all_volumes(connection, "dindex") if row.id in wanted and row.state in _THERE]
