"""File lists at the destination that cannot be read: nobody knows what their versions hold."""

from __future__ import annotations

from triplicati.engine.persisted import recorded_format
from triplicati.engine.remote import Remote
from triplicati.engine.salvage import salvage
from triplicati.errors import GpgFailed, UnreadListMayBeWhole, UnreadListNotOpened, WrongPassphrase
from triplicati.index.database import Database
from triplicati.index.filesets import unread_lists
from triplicati.index.volumes import VolumeRow, all_volumes, forget_volumes, set_state


async def unread(database: Database) -> list[VolumeRow]:
    """Oldest first."""
    names = set(await database.read(unread_lists))
    rows = await database.read(lambda c: all_volumes(c, "dlist"))
    return sorted((row for row in rows if row.name in names), key=lambda row: row.name)


async def give_up_unread(remote: Remote, database: Database) -> list[str]:
    """Deletes these lists; gives their names. What only they needed is waste from then on.

    Raises `UnreadListMayBeWhole` for one that can be read now, and `UnreadListNotOpened` for one that may be
    of another passphrase, before anything is deleted.
    """
    rows = await unread(database)
    form = await recorded_format(database)
    for row in rows:
        try:
            found = await salvage(remote, row, -1, form)
        except (WrongPassphrase, GpgFailed) as error:
            raise UnreadListNotOpened(name=row.name, url=remote.destination.display) from error
        if not found.damaged:
            raise UnreadListMayBeWhole(name=row.name)
    for row in rows:
        await database.write(lambda c, row=row: set_state(c, [row.name], "Deleting"), durable=True)  # type: ignore[misc]  # a default binds the loop's value
        await remote.delete(row.name, row.size)
        await database.write(lambda c, row=row: forget_volumes(c, [row.id]), durable=True)  # type: ignore[misc]  # as above
    if rows:
        remote.report.message(f"Gave up {len(rows)} file list(s) that cannot be read, with their versions.")
    return [row.name for row in rows]


async def tell_unread(remote: Remote, database: Database) -> None:
    for row in await unread(database):
        remote.report.warning(
            "UnreadableList",
            f"The file list {row.name} cannot be read: all of its version is lost. \"triplicati recover\" may"
            ' save a part of it; "purge-broken-files" gives it up.',
            row.name,
        )
