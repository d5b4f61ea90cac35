"""What the clocks of a time zone show, and back."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def wall_of(at: int, zone: tzinfo) -> datetime:
    """What a clock shows at a Unix time, without zone. Raises `OverflowError`, `ValueError` out of range."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def instant_of(wall: datetime, zone: tzinfo) -> int:
    """The Unix time at which a clock first shows `wall`.

    A time that the clock skips counts as the first moment after the gap; of one that it shows twice the first
    counts. Raises `OverflowError` or `ValueError` out of range.
    """
    at = _timestamp(wall, zone, fold=0)
    if wall_of(at, zone) == wall:
        return at
    before, after = _timestamp(wall, zone, fold=1), at
    while after - before > 1:
        middle = (before + after) // 2
        if wall_of(middle, zone) > wall:
            after = middle
        else:
            before = middle
    return after


def _timestamp(wall: datetime, zone: tzinfo, fold: int) -> int:
    return int(wall.replace(tzinfo=zone, fold=fold).timestamp())
