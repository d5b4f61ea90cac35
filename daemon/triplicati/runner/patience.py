"""So that nothing is lost while another program holds the database, or the daemon is being stopped."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import trio

from triplicati.errors import ServerDatabaseInUse

T = TypeVar("T")
# Each of them waits some seconds for the other program.
_TRIES = 12


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """For work that may be begun anew. Raises `ServerDatabaseInUse` after a minute."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(ServerDatabaseInUse):
            return await work()
    return await work()


@asynccontextmanager
async def to_the_end(seconds: float) -> AsyncIterator[None]:
    """The body goes on while the daemon is being stopped, but for so long only."""
    async with trio.open_nursery() as nursery:
        with trio.CancelScope(shield=True) as body:
            nursery.start_soon(_hurry, body, seconds)
            yield
        nursery.cancel_scope.cancel()


async def _hurry(body: trio.CancelScope, seconds: float) -> None:
    try:
        await trio.sleep_forever()
    finally:
        body.deadline = trio.current_time() + seconds
