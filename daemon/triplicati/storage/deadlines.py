"""Ends requests that are never answered (``--short-timeout``, ``--list-timeout``).

Transfers have no such end: they are given up when they make no progress (engine/stalling.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from triplicati.errors import DestinationError
from triplicati.storage.destination import Destination, RemoteFile
from triplicati.storage.forwarding import Forwarding

T = TypeVar("T")
# Inside the class, `list` is the method.
Listing = list[RemoteFile]


class TimedDestination(Forwarding):
    """Around a destination that is asked over a line. `short` and `listing` in seconds, 0 for no end."""

    def __init__(self, inner: Destination, *, short: float, listing: float) -> None:
        super().__init__(inner)
        self._short = short
        self._listing = listing

    async def list(self) -> Listing:
        return await self._within(self._listing, "list-timeout", self._inner.list)

    async def delete(self, name: str) -> None:
        await self._within(self._short, "short-timeout", lambda: self._inner.delete(name))

    async def test(self) -> None:
        await self._within(self._short, "short-timeout", self._inner.test)

    async def create_folder(self) -> None:
        await self._within(self._short, "short-timeout", self._inner.create_folder)

    async def _within(self, seconds: float, option: str, call: Callable[[], Awaitable[T]]) -> T:
        return await within(seconds, option, self.display, call)


async def within(seconds: float, option: str, display: str, call: Callable[[], Awaitable[T]]) -> T:
    """What `call` gives within so many seconds, 0 for any; `option` sets them. Raises `DestinationError`."""
    result: list[T] = []
    with trio.move_on_after(seconds or float("inf")):
        result.append(await call())
    if not result:
        raise DestinationError(
            reason=f"{display} did not answer within {seconds:.0f} seconds; --{option} sets them"
        )
    return result[0]
