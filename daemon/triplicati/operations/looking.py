"""A database to look into, with or without one on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from triplicati.config.local_database import Pick, local_database, present_database
from triplicati.engine.listing import all_versions
from triplicati.engine.remote import Remote, list_backup
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.messages.results import VersionLine
from triplicati.operations.order import Order, place_of, remote_of, unlocking

T = TypeVar("T")


async def look_into(
    order: Order,
    work: Callable[[Database, Remote], Awaitable[T]],
    *,
    only_paths: bool = True,
    pick: Pick | None = None,
    unlocked: bool = False,
    kept: bool = False,
) -> T:
    """What `work` makes of the versions and paths, of the blocks too unless `only_paths`.

    Who reads volumes too says `unlocked`; else no passphrase is asked for when the database is there. When it
    is not, `pick` restricts the versions; or it is built where it belongs and `kept`.
    """
    place = place_of(order, writes=False)
    if kept and place.path is not None:
        place = msgspec.structs.replace(place, durable=True)
    remote = remote_of(order)
    unlock = unlocking(order, remote, order.reading)
    tempdir = order.values.text("tempdir")
    async with local_database(
        place, remote, unlock, only_paths=only_paths, tempdir=tempdir, pick=pick, reads_only=True
    ) as database:
        if unlocked:
            unlock((await database.read(read_settings)).get("encryption", ""))
        return await work(database, remote)


async def versions_at_hand(order: Order) -> list[VersionLine]:
    """From the database, else from the names at the destination, which tell no more than the times; nothing
    is fetched and no passphrase needed."""
    async with present_database(place_of(order, writes=False)) as database:
        if database is not None:
            return [each.line for each in await all_versions(database)]
    return await versions_at_the_destination(order)


async def versions_at_the_destination(order: Order) -> list[VersionLine]:
    """By the names there; files and sizes are not known (-1)."""
    volumes = await list_backup(remote_of(order))
    stamps = {name.stamp for name, _ in volumes if name.stamp is not None}
    return [
        VersionLine(number, stamp, True, -1, -1) for number, stamp in enumerate(sorted(stamps, reverse=True))
    ]
