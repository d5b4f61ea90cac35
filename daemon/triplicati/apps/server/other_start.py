"""A second start on the same data folder, seen from both sides (spec/server.md 1.7)."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import trio

from triplicati.config.instance_lock import hand_over, take_words

# Looking at a folder every second only for this would keep a laptop awake.
_NUDGE = getattr(signal, "SIGUSR2", None)
_LOOK = 1.0


async def hand_over_to(folder: Path, words: Sequence[str], pid: str) -> bool:
    """Leaves the words to the server that runs, and nudges it. True when it has read them."""
    taken: list[bool] = []
    async with trio.open_nursery() as nursery:

        async def leave() -> None:
            taken.append(await hand_over(folder, words))
            nursery.cancel_scope.cancel()

        nursery.start_soon(leave)
        await trio.sleep(0.1)
        if _NUDGE is not None and pid.isdigit():
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
        async for _ in nudges:
            _take(folder, heard)


def _take(folder: Path, heard: Callable[[list[str]], None]) -> None:
    for words in take_words(folder):
        heard(words)
