"""Ends a transfer that makes no progress. There is no limit to how long one may take in all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from triplicati.errors import TransferStalled, TriplicatiError

T = TypeVar("T")
_LOOKS = 4


async def unless_stalled(
    name: str, seconds: float, call: Callable[[], Awaitable[T]], moved: Callable[[], int]
) -> T:
    """What `call` gives. `moved` counts the bytes so far; when it stands still for about `seconds` (0 for no
    limit) the call is cancelled and `TransferStalled` raised."""
    result: list[T] = []
    failure: TriplicatiError | None = None

    async def watch() -> None:
        last, still = moved(), 0
        while still < _LOOKS:
            await trio.sleep(seconds / _LOOKS)
            now = moved()
            last, still = (now, 0) if now != last else (last, still + 1)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        if seconds > 0:
            nursery.start_soon(watch)
        try:
            result.append(await call())
        except TriplicatiError as error:  # kept out of the nursery, which would wrap it
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    if not result:
        raise TransferStalled(name=name, seconds=round(seconds))
    return result[0]
