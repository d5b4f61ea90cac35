"""The line of a terminal that shows how far a task is."""

from __future__ import annotations

import math
from types import TracebackType
from typing import TextIO

from triplicati.messages.live import LiveProgress
from triplicati.values.sizes import format_size

_CLEAR = "\r\x1b[K"


class ProgressLine:
    """`out` None is for nobody."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out

    def show(self, live: LiveProgress) -> None:
        self._write(_CLEAR + progress_text(live))

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write(_CLEAR)

    def _write(self, text: str) -> None:
        if self._out is not None:
            self._out.write(text)
            self._out.flush()


def progress_text(live: LiveProgress) -> str:
    """On one line, without names of files."""
    phase = live.phase.partition("_")[2] or live.phase
    parts = [phase if live.state == "running" else f"{phase} ({live.state})"]
    if live.files_total:
        more = "+" if live.still_counting else ""
        parts.append(f"{live.files_done} of {live.files_total}{more} files")
        parts.append(f"{format_size(live.bytes_done)} of {format_size(live.bytes_total)}{more}")
    if live.rate > 0:
        parts.append(f"{format_size(int(live.rate))}/s")
    if live.bytes_sent:
        parts.append(f"{format_size(live.bytes_sent)} sent")
    if live.seconds_left is not None:
        parts.append(_left(*live.seconds_left))
    return ", ".join(parts)


def _left(low: int, high: int) -> str:
    if high < 90:
        return f"about {high} s left"
    first, last = math.ceil(low / 60), math.ceil(high / 60)
    return f"about {last} min left" if first == last else f"{first} to {last} min left"
