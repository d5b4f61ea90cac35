"""Volumes fetched before anybody asks for them, so that those who work on them need not wait for the line."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from triplicati.engine.remote import Remote
from triplicati.engine.temporary import free_bytes
from triplicati.errors import DestinationError

# Fetched and not yet worked on, beside those that somebody works on.
_AHEAD = 4
# Of the free room of the folder for temporary files.
_SHARE = 3


class _Fetch:
    def __init__(self) -> None:
        self.came = trio.Event()
        self.done = trio.Event()
        self.path = Path()
        self.error: DestinationError | None = None


class FetchedAhead:
    """`volumes` (name, size in bytes) in the order in which they will be asked for, each once. `hands` are
    those who work on them."""

    def __init__(self, remote: Remote, volumes: Sequence[tuple[str, int]], hands: int) -> None:
        self._remote = remote
        self._volumes = volumes
        self._fetches = {name: _Fetch() for name, _ in volumes}
        self._hands = hands
        self._held: dict[str, int] = {}
        self._left = trio.Condition()
        self._folder = Path(remote.keys.tempdir or tempfile.gettempdir())

    @asynccontextmanager
    async def taken(self, name: str) -> AsyncIterator[Path]:
        """As `Remote.fetched`, whose errors come out here."""
        fetch = self._fetches[name]
        await fetch.came.wait()
        try:
            if fetch.error is not None:
                raise fetch.error
            yield fetch.path
        finally:
            fetch.done.set()

    async def run(self) -> None:
        """Until all were fetched and taken."""
        async with trio.open_nursery() as nursery:
            for name, size in self._volumes:
                await self._remote.report.go_on()
                await self._wait_for_room(name, size)
                nursery.start_soon(self._fetch, name, size)

    async def _fetch(self, name: str, size: int) -> None:
        fetch = self._fetches[name]
        try:
            async with self._remote.fetched(name, size) as fetch.path:
                fetch.came.set()
                await fetch.done.wait()
        except DestinationError as error:
            fetch.error = error
            fetch.came.set()
        async with self._left:
            del self._held[name]
            self._left.notify_all()

    async def _wait_for_room(self, name: str, size: int) -> None:
        """A single volume may always come; it fails by itself where there is no room for it."""
        async with self._left:
            while self._held and not await self._fits(size):
                await self._left.wait()
            self._held[name] = size

    async def _fits(self, size: int) -> bool:
        lines = self._remote.downloads
        most = self._hands + max(_AHEAD, lines.at_once if lines is not None else 0)
        if len(self._held) >= most:
            return False
        free = await trio.to_thread.run_sync(free_bytes, self._folder)
        # Nobody knows how much of those on their way is written already, so they count whole.
        return sum(self._held.values()) + size <= free // _SHARE


@asynccontextmanager
async def fetching_ahead(
    remote: Remote, volumes: Sequence[tuple[str, int]], hands: int
) -> AsyncIterator[FetchedAhead | None]:
    """None where the files of the destination are at hand: there is nothing to fetch."""
    if not volumes or remote.destination.local(volumes[0][0]) is not None:
        yield None
        return
    ahead = FetchedAhead(remote, volumes, hands)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ahead.run)
        yield ahead
