"""The display on a terminal: what happens now, how fast, and when it will be done if that can be said."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from rich.console import Console as RichConsole
from rich.live import Live
from rich.text import Text

from triplicati.cli.console import TOLD, Console, no_log
from triplicati.messages.progress import Event, Progress
from triplicati.values.sizes import format_size
from triplicati.values.timespans import format_timespan

# The rate is that of the last seconds, for an old one says nothing about what is left.
_WINDOW = 15.0


class LiveConsole(Console):
    """Transfers and phases are part of the display; everything else stays on the screen above it."""

    interval = 0.25

    def __init__(self, *, wants: Callable[[Event], bool] = no_log) -> None:
        super().__init__(sys.stdout, wants=wants)
        self._live = Live(console=RichConsole(), auto_refresh=False, transient=True, redirect_stderr=False)
        self._rates = Rates()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def event(self, event: Event) -> None:
        if event.kind in TOLD:
            super().event(event)

    def progress(self, progress: Progress, verb: str) -> None:
        if not progress.phase:
            return  # a passphrase may just be asked for
        if not self._live.is_started:
            self._live.start()
        lines = display(progress, self._rates, time.monotonic())
        self._live.update(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"), refresh=True)

    def _write(self, text: str) -> None:
        if self._live.is_started:
            self._live.console.print(Text(text.removesuffix("\n")), soft_wrap=True)
        else:
            super()._write(text)


class Rates:
    """Bytes in a second over the last seconds, of the source and of the transfers."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()

    def add(self, now: float, done: int, sent: int) -> tuple[float, float]:
        self._seen.append((now, done, sent))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        then, done_then, sent_then = self._seen[0]
        span = now - then
        return ((done - done_then) / span, (sent - sent_then) / span) if span > 0 else (0.0, 0.0)


def display(progress: Progress, rates: Rates, now: float) -> list[str]:
    """The lines of the display at `now` (any clock that only goes forward, in seconds)."""
    sending = sum(done for done, _ in progress.transfers.values())
    rate, transfer_rate = rates.add(now, progress.bytes_done, progress.sent + sending)
    lines = [progress.phase.removesuffix(" ...") or "Starting"]
    if progress.files_total or progress.files_done:
        lines.append("  " + " · ".join(_amounts(progress, rate)))
    if progress.current:
        lines.append(f"  {progress.current}".translate(dict.fromkeys(range(32), "?")))
    for name, (done, size) in list(progress.transfers.items())[:4]:
        share = f"{format_size(done)} of {format_size(size)}" if size >= 0 else format_size(done)
        lines.append(f"  {name}  {share}")
    if progress.sent or sending:
        total = format_size(progress.sent + sending)
        lines.append(f"  transferred {total} · {format_size(int(transfer_rate))}/s")
    return lines


def _amounts(progress: Progress, rate: float) -> list[str]:
    growing = "+" if progress.counting else ""
    amounts = [f"{progress.files_done:,} of {progress.files_total:,}{growing} files"]
    if progress.bytes_total:
        amounts.append(f"{format_size(progress.bytes_done)} of {format_size(progress.bytes_total)}{growing}")
        amounts += [f"{format_size(int(rate))}/s"] if rate > 0 else []
    left = progress.bytes_total - progress.bytes_done
    if not progress.counting and rate > 0 and left > 0:
        amounts.append(f"{format_timespan(timedelta(seconds=int(left / rate) + 1))} left")
    return amounts
