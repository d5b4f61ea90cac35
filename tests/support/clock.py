"""A clock that a test can set and make sleep."""

from __future__ import annotations

import trio


class SteeredClock:
    """Goes with trio's clock, which a test can jump on; sleep and a set clock are said to it."""

    def __init__(self, start: float) -> None:
        self._wall = start
        self._slept = 0.0

    def now(self) -> float:
        return self._wall + trio.current_time()

    def elapsed(self) -> float:
        return self._slept + trio.current_time()

    def awake(self) -> float:
        return trio.current_time()

    def sleep_machine(self, seconds: float) -> None:
        self._wall += seconds
        self._slept += seconds

    def set_on(self, seconds: float) -> None:
        """As somebody does who sets the wall clock; backwards below zero."""
        self._wall += seconds
