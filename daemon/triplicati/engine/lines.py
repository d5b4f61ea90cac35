"""How many transfers of one direction go side by side, found out by trying.

One more is worth it as long as all together get faster; on a line that is full it is not. What fails halves
them: a server or a line that cannot take so many gets better with fewer.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio

# Seconds over which a speed is measured, and for which a number that proved best is kept.
_MEASURED = 2.0
_KEPT = 15.0
_KEPT_AFTER_FAILURE = 30.0
# One more transfer has to bring this much.
_GAIN = 1.05


class Pace:
    """The number of transfers, from what is measured. Pure: `at` are seconds of any clock."""

    def __init__(self, start: int, most: int) -> None:
        self.wanted = max(1, min(start, most))
        self._most = max(1, most)
        self._before: float | None = None
        self._hold_until = 0.0

    def measured(self, speed: float, at: float) -> None:
        """`speed` in bytes a second of all transfers together, while no more could be started."""
        if self._before is not None:  # one more was tried
            if speed <= self._before * _GAIN:  # also where nothing moves at all
                self.wanted = max(1, self.wanted - 1)
                self._before, self._hold_until = None, at + _KEPT
                return
        elif at < self._hold_until:
            return
        if self.wanted >= self._most:
            self._before = None
            return
        self._before = speed
        self.wanted += 1

    def failed(self, at: float) -> None:
        self.wanted = max(1, self.wanted // 2)
        self._before, self._hold_until = None, at + _KEPT_AFTER_FAILURE


class Lines:
    """Lets as many transfers go on as the line rewards, from `start` up to `most`.

    `moved` gives the bytes of all transfers so far. With `start` equal to `most` nothing is measured or
    changed.
    """

    def __init__(
        self, start: int, most: int, moved: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pace = Pace(start, most)
        self._fixed = start >= most
        self._most = most
        self._moved = moved
        self._clock = clock
        self._busy = 0
        self._left = trio.Event()
        self._since: tuple[float, int] | None = None

    @property
    def most(self) -> int:
        return self._most

    @property
    def at_once(self) -> int:
        return self._pace.wanted

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Open while one transfer goes on."""
        await self._enter()
        try:
            yield
        finally:
            self._busy -= 1
            self._since = self._since if self._busy else None
            left, self._left = self._left, trio.Event()
            left.set()

    def failed(self) -> None:
        """A transfer had to be given up."""
        if not self._fixed:
            self._pace.failed(self._clock())

    async def _enter(self) -> None:
        while self._busy >= self._pace.wanted:
            if self._fixed:
                await self._left.wait()
            else:
                # Who waits measures: only while somebody does is the number of transfers what limits them.
                self._measure()
                with trio.move_on_after(_MEASURED / 4):
                    await self._left.wait()
        self._busy += 1

    def _measure(self) -> None:
        now, moved = self._clock(), self._moved()
        if self._since is None:
            self._since = now, moved
            return
        began, before = self._since
        if now - began >= _MEASURED:
            self._pace.measured((moved - before) / (now - began), now)
            self._since = now, moved
