"""Writes what comes from a line while more of it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

from triplicati.storage.destination import Write


@asynccontextmanager
async def written_behind(write: Write) -> AsyncIterator[Callable[[bytes], Awaitable[None]]]:
    """Gives what takes a part and comes back when a thread has begun with it; one part at a time is written,
    and all are when this is left. Raises what `write` raises, which also ends what is inside."""
    failed: list[Exception] = []
    taking, coming = trio.open_memory_channel[bytes](0)

    async def work() -> None:
        try:
            async for part in coming:
                await trio.to_thread.run_sync(write, part)
        except Exception as error:
            failed.append(error)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        try:
            yield taking.send
        except Exception as error:
            failed.append(error)
            nursery.cancel_scope.cancel()
        taking.close()
    if failed:
        raise failed[0]
