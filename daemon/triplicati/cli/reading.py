"""What the commands that only look share: a database to look into, with or without one on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from triplicati.cli.request import Request
from triplicati.cli.running import run_to_the_end
from triplicati.config.local_database import Pick
from triplicati.engine.remote import Remote
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import Database
from triplicati.messages.results import VersionLine
from triplicati.operations import looking

T = TypeVar("T")


async def look_into(
    request: Request,
    work: Callable[[Database], Awaitable[T]],
    *,
    only_paths: bool = True,
    pick: Pick | None = None,
) -> T:
    """As `operations.looking.look_into`, for who needs no volumes."""

    async def look(database: Database, remote: Remote) -> T:
        return await work(database)

    return await look_with_remote(request, look, only_paths=only_paths, pick=pick)


async def look_with_remote(
    request: Request,
    work: Callable[[Database, Remote], Awaitable[T]],
    *,
    only_paths: bool = True,
    pick: Pick | None = None,
    unlocked: bool = False,
) -> T:
    return await to_the_end(
        request,
        lambda: looking.look_into(request, work, only_paths=only_paths, pick=pick, unlocked=unlocked),
    )


async def versions_at_hand(request: Request) -> list[VersionLine]:
    return await to_the_end(request, lambda: looking.versions_at_hand(request))


async def to_the_end(request: Request, work: Callable[[], Awaitable[T]]) -> T:
    return await run_to_the_end(work, request.console, request.report, StopRequest(), "read")
