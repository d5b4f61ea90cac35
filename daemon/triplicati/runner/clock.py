"""Where the scheduler gets its time from, and the zone its rules are read in."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Three clocks that tell, together, sleep from a clock that was set."""

    def now(self) -> float:
        """What the wall clock says, in Unix seconds; it can be set."""

    def elapsed(self) -> float:
        """Seconds since some moment, with the time this machine slept."""

    def awake(self) -> float:
        """Seconds since some moment, without it."""


class SystemClock:
    def now(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":
            # Python's own stands still in sleep there.
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()

    def awake(self) -> float:
        return time.monotonic()


def zone_of(setting: str, warn: Callable[[str], object]) -> ZoneInfo:
    """The zone with this id, such as ``Europe/Berlin``; the machine's own for "" and for an unknown one,
    which `warn` is told."""
    wanted = setting.strip()
    if wanted:
        try:
            return ZoneInfo(wanted)
        except (KeyError, ValueError, OSError):
            local = local_zone()
            warn(f'The time zone "{wanted}" is not known; {local} is used, as this computer has it.')
            return local
    return local_zone()


def local_zone() -> ZoneInfo:
    """The zone of this machine, UTC where that cannot be told."""
    import tzlocal  # noqa: PLC0415 - looks through files of the system

    try:
        return tzlocal.get_localzone()
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
