"""What the commands that only look share: a database to look into, with or without one on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from triplicati.cli.passphrase import for_reading
from triplicati.cli.request import Request, place_of, remote_of, unlocking
from triplicati.cli.running import run_to_the_end
from triplicati.config.local_database import Pick, local_database, present_database
from triplicati.engine.listing import all_versions
from triplicati.engine.remote import Remote, list_backup
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.messages.results import VersionLine

T = TypeVar("T")


def look_into(
    request: Request,
    work: Callable[[Database], Awaitable[T]],
    *,
    only_paths: bool = True,
    pick: Pick | None = None,
) -> T:
    """What `work` makes of the versions and paths, of the blocks too unless `only_paths`.

    No passphrase is asked for when the database is there. When it is not, `pick` restricts the versions.
    """

    async def look(database: Database, remote: Remote) -> T:
        return await work(database)

    return look_with_remote(request, look, only_paths=only_paths, pick=pick)


def look_with_remote(
    request: Request,
    work: Callable[[Database, Remote], Awaitable[T]],
    *,
    only_paths: bool = True,
    pick: Pick | None = None,
    unlocked: bool = False,
) -> T:
    """As `look_into`, for who reads volumes too: then `unlocked` has the passphrase at hand in any case."""

    async def look() -> T:
        place = place_of(request, writes=False)
        remote = remote_of(request)
        unlock = unlocking(request, remote, for_reading)
        tempdir = request.values.text("tempdir")
        async with local_database(
            place, remote, unlock, only_paths=only_paths, tempdir=tempdir, pick=pick, reads_only=True
        ) as database:
            if unlocked:
                unlock((await database.read(read_settings)).get("encryption", ""))
            return await work(database, remote)

    return _run(request, look)


def versions_at_hand(request: Request) -> list[VersionLine]:
    """From the database, else from the names at the destination, which tell no more than the times; nothing
    is fetched and no passphrase needed."""

    async def look() -> list[VersionLine]:
        async with present_database(place_of(request, writes=False)) as database:
            if database is not None:
                return [each.line for each in await all_versions(database)]
        volumes = await list_backup(remote_of(request))
        stamps = {name.stamp for name, _ in volumes if name.stamp is not None}
        return [
            VersionLine(number, stamp, True, -1, -1)
            for number, stamp in enumerate(sorted(stamps, reverse=True))
        ]

    return _run(request, look)


def _run(request: Request, work: Callable[[], Awaitable[T]]) -> T:
    return trio.run(lambda: run_to_the_end(work, request.console, request.report, StopRequest(), "read"))
