"""A second start on the same data folder, seen from both sides (spec/server.md 1.7)."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import trio

from triplicati.config.instance_lock import hand_over, take_words

# Looking at a folder every second only for this would keep a laptop awake.
_NUDGE = getattr(signal, "SIGUSR2", None)
_LOOK = 1.0


def expect_other_starts() -> None:
    """A nudge from now on does no harm; this process hears it once `hear_other_starts` runs."""
    if _NUDGE is not None:
        # Not to be ignored: programs that this one starts would ignore it too.
        signal.signal(_NUDGE, lambda _number, _frame: None)


async def hand_over_to(folder: Path, words: Sequence[str], pid: str) -> bool:
    """Leaves the words to the server that runs, and nudges it. True when it has read them."""
    taken: list[bool] = []
    async with trio.open_nursery() as nursery:

        async def leave() -> None:
            taken.append(await hand_over(folder, words))
            nursery.cancel_scope.cancel()

        nursery.start_soon(leave)
        await trio.sleep(0.1)
        if _NUDGE is not None and pid.isdigit() and _catches(int(pid), _NUDGE):
            with contextlib.suppress(OSError):
                os.kill(int(pid), _NUDGE)
    return bool(taken and taken[0])


async def hear_other_starts(folder: Path, heard: Callable[[list[str]], None]) -> None:
    """Calls `heard` with the words of each further start."""
    if _NUDGE is None:
        while True:
            await trio.sleep(_LOOK)
            _take(folder, heard)
    with trio.open_signal_receiver(_NUDGE) as nudges:
        _take(folder, heard)  # of those who came too early to be heard
        async for _ in nudges:
            _take(folder, heard)


def _catches(pid: int, number: int) -> bool:
    """A signal ends a process that does not expect it, and this may be another one than was meant: a server
    in a container, with the same data folder, numbers its processes by itself."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
    except OSError:
        return not sys.platform.startswith("linux")
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (number - 1) & 1)


def _take(folder: Path, heard: Callable[[list[str]], None]) -> None:
    for words in take_words(folder):
        heard(words)
