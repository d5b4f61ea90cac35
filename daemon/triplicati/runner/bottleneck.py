"""Which stage sets the pace of a running operation.

Stages hand work on through bounded channels, so the crew of the slowest is always at work while the others
wait for it. Of a crew that does several stages in turn, the one that takes most of its time is to blame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import msgspec

from triplicati.messages.meters import Meters, StageMeter

# Seconds that are looked back at: long enough for a large volume, short enough to follow.
_WINDOW = 5.0
# Before there is so much to look at, nothing is said.
_SHORTEST = 0.2
# A crew that is idle half of its time does not set the pace.
_BUSY = 0.5


class Load(msgspec.Struct, frozen=True):
    """The share of its time (0 to 1) that the crew of each stage spent on it, and the name of the stage that
    sets the pace, "" while none does."""

    shares: dict[str, float]
    bottleneck: str


class _Look(msgspec.Struct, frozen=True):
    time: float
    stages: dict[str, float]
    crews: dict[str, float]


class LoadMeter:
    """Looks at the meters of one operation again and again."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque()

    def look(self, meters: Meters, now: float) -> Load:
        """At `now` of `time.perf_counter`."""
        looks, stages = self._looks, dict(meters.stages)
        latest = _Look(now, _seconds(stages, now), _seconds(meters.crews, now))
        looks.append(latest)
        while len(looks) > 2 and now - looks[1].time >= _WINDOW:
            looks.popleft()
        first = looks[0]
        span = now - first.time
        if span < _SHORTEST:
            return Load({}, "")
        shares = {}
        for name, stage in stages.items():
            # What was estimated meanwhile may have been taken back.
            worked = max(latest.stages[name] - first.stages.get(name, 0.0), 0.0)
            there = latest.crews.get(stage.crew, 0.0) - first.crews.get(stage.crew, 0.0)
            # A crew that has gone home since sets no pace, however busy it was.
            shares[name] = min(worked / max(there, span), 1.0)
        return Load(shares, bottleneck(shares, {name: stage.crew for name, stage in stages.items()}))


def _seconds(meters: Mapping[str, StageMeter], now: float) -> dict[str, float]:
    return {name: meter.seconds(now) for name, meter in list(meters.items())}


def bottleneck(shares: Mapping[str, float], crews: Mapping[str, str]) -> str:
    """The largest stage of the busiest crew; `crews` tells the crew of each stage."""
    loads: dict[str, float] = {}
    for name, share in shares.items():
        loads[crews[name]] = loads.get(crews[name], 0.0) + share
    if not loads:
        return ""
    busiest = max(loads, key=lambda crew: loads[crew])
    if loads[busiest] < _BUSY:
        return ""
    return max((name for name in shares if crews[name] == busiest), key=lambda name: shares[name])
