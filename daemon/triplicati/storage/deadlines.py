"""Ends requests that are never answered (``--short-timeout``, ``--list-timeout``).

Transfers have no such end: they are given up when they make no progress (engine/stalling.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import trio

from triplicati.errors import DestinationError
from triplicati.storage.destination import Destination, RemoteFile, Upload, Write

T = TypeVar("T")
# Inside the class, `list` is the method.
Listing = list[RemoteFile]


class TimedDestination:
    """Around a destination that is asked over a line. `short` and `listing` in seconds, 0 for no end."""

    def __init__(self, inner: Destination, *, short: float, listing: float) -> None:
        self._inner = inner
        self._short = short
        self._listing = listing

    @property
    def inner(self) -> Destination:
        return self._inner

    @property
    def display(self) -> str:
        return self._inner.display

    @property
    def staging(self) -> Path | None:
        return self._inner.staging

    def local(self, name: str) -> Path | None:
        return self._inner.local(name)

    async def list(self) -> Listing:
        return await self._within(self._listing, "list-timeout", self._inner.list)

    async def get(self, name: str, write: Write) -> None:
        await self._inner.get(name, write)

    async def put(self, name: str, upload: Upload) -> None:
        await self._inner.put(name, upload)

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
