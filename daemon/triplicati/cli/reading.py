"""What list, find and compare share: a database to look into, with or without one on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from triplicati.cli.passphrase import for_reading
from triplicati.cli.request import Request, place_of, remote_of, unlocking
from triplicati.cli.running import run_to_the_end
from triplicati.config.local_database import local_database
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import Database

T = TypeVar("T")


def look_into(request: Request, work: Callable[[Database], Awaitable[T]]) -> T:
    """What `work` makes of the versions and paths. No passphrase is asked for when the database is there."""

    async def look() -> T:
        place = place_of(request, writes=False)
        remote = remote_of(request)
        unlock = unlocking(request, remote, for_reading)
        tempdir = request.values.text("tempdir")
        async with local_database(
            place, remote, unlock, only_paths=True, tempdir=tempdir, reads_only=True
        ) as database:
            return await work(database)

    return trio.run(lambda: run_to_the_end(look, request.console, request.report, StopRequest(), "read"))
