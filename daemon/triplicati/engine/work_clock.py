"""How a packing worker spends its time."""

from __future__ import annotations

from time import perf_counter

from triplicati.engine.open_dblock import OpenDblock
from triplicati.engine.wire import Times


class WorkClock:
    """Divides the worker's time: what is neither compressing nor waiting is reading. Looked at once for each
    few MiB."""

    def __init__(self) -> None:
        self._since = perf_counter()
        self._compress = self._waited = 0.0
        self._seal = self._told = 0.0
        self._dblock: OpenDblock | None = None
        self._dblock_waited = 0.0

    def go_on(self) -> None:
        """What came before was waiting for the parent."""
        self._since = perf_counter()

    def opened(self, dblock: OpenDblock) -> None:
        self._dblock, self._dblock_waited = dblock, 0.0

    def closed(self, since: float) -> None:
        """Closing and sending a volume, from `since` on, is waiting for others."""
        self._take_waited()
        if self._dblock is not None:
            self._seal += self._dblock.sealing
            self._dblock = None
        self._waited += perf_counter() - since

    def compressed(self, since: float, waited: float) -> None:
        """From `since` on, when `waiting` was `waited`."""
        self._compress += perf_counter() - since - (self.waiting() - waited)

    def waiting(self) -> float:
        self._take_waited()
        return self._waited

    def times(self) -> Times:
        """Since they were asked for last."""
        now = perf_counter()
        read = now - self._since - self._compress - self.waiting()
        seal = self._seal + (self._dblock.sealing if self._dblock else 0.0)
        times = Times(max(read, 0.0), self._compress, seal - self._told)
        self._since, self._compress, self._waited, self._told = now, 0.0, 0.0, seal
        return times

    def _take_waited(self) -> None:
        if self._dblock is not None:
            self._waited += self._dblock.waited - self._dblock_waited
            self._dblock_waited = self._dblock.waited
