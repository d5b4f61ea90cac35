"""A pause outlives the process (spec/server.md 5.3, the setting ``paused-until``)."""

from __future__ import annotations

import contextlib
import math
from typing import NoReturn

import trio

from triplicati.config.server.store import Store
from triplicati.errors import InvalidValue, TriplicatiError
from triplicati.runner.pausing import Pause
from triplicati.values.timespans import parse_timespan

_SETTING = "paused-until"
# .NET counts tenths of microseconds from the year 1.
_TICKS, _EPOCH = 10_000_000, 62135596800


async def restore_pause(store: Store, pause: Pause, now: float) -> None:
    """Pauses as before the restart, or for the time that the setting ``startup-delay`` says, whichever is
    longer."""
    until = _moment(await store.setting(_SETTING))
    try:
        delay = parse_timespan(await store.setting("startup-delay")).total_seconds()
    except InvalidValue:
        delay = 0.0
    later = max([moment for moment in (until, now + delay if delay > 0 else None) if moment] or [0.0])
    if later > now:
        pause.pause_until(later)


async def remember_pause(
    store: Store, pause: Pause, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> NoReturn:
    """Keeps the setting as the pause is."""
    told = await store.setting(_SETTING)
    task_status.started()
    while True:
        news = pause.news
        now = "" if pause.until is None else _ticks(pause.until)
        if now != told:
            with contextlib.suppress(TriplicatiError):  # it is paused all the same, until a restart
                await store.set_settings({_SETTING: now})
                told = now
        await news.wait()


def _moment(text: str) -> float | None:
    if not text.strip().lstrip("-").isdigit():
        return None
    ticks = int(text)
    return math.inf if ticks == 0 else ticks / _TICKS - _EPOCH


def _ticks(moment: float) -> str:
    return "0" if math.isinf(moment) else str(int((moment + _EPOCH) * _TICKS))
