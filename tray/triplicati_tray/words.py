"""Moments and spans as a person says them. Pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

_STAMP = "%Y%m%dT%H%M%SZ"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def at(moment: float, now: float, zone: tzinfo | None = None) -> str:
    """``at 21:00``, ``yesterday at 21:00``, ``on Friday at 21:00``, ``on 2026-11-23 at 21:00``.

    Both in Unix seconds; `zone` None is that of this computer."""
    when, today = _local(moment, zone), _local(now, zone)
    days = (when.date() - today.date()).days
    time = f"at {when:%H:%M}"
    if days == 0:
        return time
    if days in (-1, 1):
        return f"{'tomorrow' if days == 1 else 'yesterday'} {time}"
    return f"on {when:%A} {time}" if abs(days) < 7 else f"on {when:%Y-%m-%d} {time}"


def until(moment: float, now: float, zone: tzinfo | None = None) -> str:
    """``until 17:30``, ``until tomorrow at 17:30``."""
    text = at(moment, now, zone)
    return f"until {text.removeprefix('at ').removeprefix('on ')}"


def left(seconds: float) -> str:
    """``about 3 minutes left``; rounded up, for who waits is glad when it takes less."""
    return f"about {span(seconds)} left"


def span(seconds: float) -> str:
    """``a minute``, ``3 minutes``, ``2 hours``: whole ones, at least one minute."""
    minutes = max(1, math.ceil(seconds / 60))
    if minutes < 90:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def stamp_seconds(text: str | None) -> float | None:
    """Unix seconds of ``yyyyMMddTHHmmssZ``, as in the metadata of a backup; None for anything else."""
    try:
        return datetime.strptime(text or "", _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def one_line(text: str, longest: int) -> str:
    """Without line ends and control characters, cut where it is longer."""
    # What is no character at all would stop a desktop from showing anything.
    flat = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + _ELLIPSIS


def _local(moment: float, zone: tzinfo | None) -> datetime:
    # What a server says of its clock may be out of the range of any calendar.
    try:
        return datetime.fromtimestamp(moment, zone)
    except (OverflowError, ValueError, OSError):
        return datetime(1970, 1, 1, tzinfo=zone)
