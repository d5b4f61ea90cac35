"""What a tool prints: lines, and below them how far a long transfer is."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import TextIO

import trio

from triplicati.values.printable import printable_lines
from triplicati.values.sizes import format_size
from triplicati.values.timespans import format_timespan

# Seconds between two looks on a terminal, and between two lines in a log.
_ON_TERMINAL, _IN_LOG = 0.25, 5.0
# The speed is that of the last seconds, for an old one says nothing about what is left.
_WINDOW = 15.0
_WIDEST = 100
_ERASE = "\r\x1b[K"

Amounts = Callable[[], tuple[int, int]]
"""Bytes that are done, and of all, -1 where that is not known"""


class Screen:
    """Results go to standard output, everything else to standard error. `tells` of progress where nobody sits
    at a terminal too."""

    def __init__(self, *, tells: bool = True) -> None:
        self._out: TextIO = sys.stdout
        self._err: TextIO = sys.stderr
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._tells = tells
        self._shown = False
        self._watched: tuple[str, Amounts, Speed] | None = None

    def say(self, text: str) -> None:
        """A result."""
        self._print(self._out, text)

    def note(self, text: str) -> None:
        """Something for who watches."""
        self._print(self._err, text)

    def watch(self, label: str, amounts: Amounts) -> None:
        """From now on this is what is shown as progress."""
        speed = Speed()
        speed.add(time.monotonic(), amounts()[0])
        self._watched = label, amounts, speed

    def unwatch(self) -> None:
        self._watched = None
        self.clear()

    def clear(self) -> None:
        if self._shown:
            self._err.write(_ERASE)
            self._err.flush()
            self._shown = False

    async def keep_current(self) -> None:
        """Runs until it is cancelled."""
        while self._live or self._tells:
            await trio.sleep(_ON_TERMINAL if self._live else _IN_LOG)
            if self._watched is None:
                continue
            line = _line(*self._watched)
            if self._live:
                self._err.write(_ERASE + line[:_WIDEST])
                self._err.flush()
                self._shown = True
            else:
                self.note(f"  {line}")

    def _print(self, stream: TextIO, text: str) -> None:
        """Names come from what may be hostile: a terminal is not to obey them."""
        if stream is None:  # started without one
            return
        self.clear()
        print(printable_lines(text) if stream.isatty() else text, file=stream, flush=True)


class Speed:
    """Bytes a second, over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, at: float, done: int) -> float:
        self._seen.append((at, done))
        while at - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        then, before = self._seen[0]
        return (done - before) / (at - then) if at > then else 0.0


def _line(label: str, amounts: Amounts, speed: Speed) -> str:
    done, total = amounts()
    return f"{label}  {progress_text(done, total, speed.add(time.monotonic(), done))}"


def progress_text(done: int, total: int, rate: float) -> str:
    """How much is done, how fast, and when the rest will be."""
    parts = [format_size(done) if total < 0 else f"{format_size(done)} of {format_size(total)}"]
    if rate > 0:
        parts.append(f"{format_size(int(rate))}/s")
        if total > done:
            parts.append(f"{format_timespan(timedelta(seconds=math.ceil((total - done) / rate)))} left")
    return ", ".join(parts)
