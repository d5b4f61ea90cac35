"""When a schedule is due (spec/server.md 5.2). Nothing here looks at a clock.

A due time is an instant and what the clock of the zone is to show then. The two disagree only where the clock
skips an hour; without the second, all days after such a day would be moved with it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from triplicati.errors import InvalidValue
from triplicati.messages.saved import NEVER, SavedSchedule
from triplicati.values.repeats import Repeat, add_months, parse_repeat
from triplicati.values.wall_clock import instant_of, wall_of

DAY = 86400
# A clock that was set is told from one that is only a little off.
JUMP = 600
_MOST_STEPS = 50_000
_NEAR = timedelta(days=3)
# 9999-12-30, from which all zones are still in that year.
_LATEST = 253_402_128_000


class Rule(msgspec.Struct, frozen=True):
    """`days` are the allowed weekdays, Monday 0; empty for every day."""

    repeat: Repeat
    days: frozenset[int] = frozenset()

    def allows(self, wall: datetime) -> bool:
        return not self.days or wall.weekday() in self.days


class Slot(msgspec.Struct, frozen=True):
    """One due time: Unix seconds, and what the clock is to show."""

    at: int
    wall: datetime

    def skipped_wall(self, zone: tzinfo) -> str:
        """`wall` as it has to be kept with the schedule, "" where `at` tells it."""
        return "" if wall_of(self.at, zone) == self.wall else self.wall.isoformat()


def rule_of(schedule: SavedSchedule) -> Rule:
    """Raises `InvalidValue` for an interval that is none."""
    return Rule(parse_repeat(schedule.repeat), schedule.days)


def next_due(rule: Rule, first: int, after: int, zone: tzinfo) -> int | None:
    """The first due time later than `after`, `first` being the earliest; all in Unix seconds.

    None when there is none before the year 10000.
    """
    slot = next_slot(rule, slot_at(first, zone), after, zone)
    return None if slot is None else slot.at


def slot_at(at: int, zone: tzinfo, wall: str = "") -> Slot:
    """The due time at `at`; `wall` is the time the clock skipped, "" for none."""
    # Duplicati's "never" is the year 1, which some zones cannot show; no more than the end of the year 9999.
    at = min(max(at, 0), _LATEST)
    if wall:
        try:
            kept = datetime.fromisoformat(wall)
            if kept.tzinfo is None and instant_of(kept, zone) == at:
                return Slot(at, kept)
        except (ValueError, OverflowError):
            pass  # not of ours, or of another zone
    return Slot(at, wall_of(at, zone))


def next_slot(rule: Rule, first: Slot, after: int, zone: tzinfo) -> Slot | None:
    """As `next_due`, keeping what the clock shows."""
    if rule.days and rule.days.isdisjoint(range(7)):
        return None
    try:
        if rule.repeat.on_the_clock:
            return _next_on_the_clock(rule, first, after, zone)
        return _next_elapsed(rule, first, after, zone)
    except (OverflowError, ValueError):
        return None


def slot_before(rule: Rule, first: Slot, now: int, zone: tzinfo) -> Slot:
    """A due time of the same row as `first`, weekdays apart, that is not later than `now`.

    For a row that was moved on while the clock was wrong.
    """
    if first.at <= now:
        return first
    repeat = rule.repeat
    if repeat.months:
        steps = (first.at - now) // (27 * DAY * repeat.months) + 1
        wall = add_months(first.wall, -steps * repeat.months)
        return Slot(instant_of(wall, zone), wall)
    if repeat.on_the_clock:
        steps = (first.at - now) // (repeat.days * DAY) + 2
        wall = first.wall - timedelta(days=steps * repeat.days)
        return Slot(instant_of(wall, zone), wall)
    steps = -(-(first.at - now) // repeat.span)
    return slot_at(first.at - steps * repeat.span, zone)


def open_slot(rule: Rule, schedule: SavedSchedule, handled: int, now: int, zone: tzinfo) -> Slot | None:
    """The due time that is next to be dealt with, whether it has come or not; None when there is none.

    Any number of missed ones are one. Due times up to `handled` were dealt with without a run that is
    recorded in the schedule; `NEVER` for none. A last run in the future, where the clock was set back, says
    nothing: the next due time is the one that follows `handled` in the row, or now.
    """
    first = slot_at(schedule.time, zone, schedule.wall)
    try:
        return _open_slot(rule, schedule, first, handled, now, zone)
    except (OverflowError, ValueError):
        return None


def _open_slot(
    rule: Rule, schedule: SavedSchedule, first: Slot, handled: int, now: int, zone: tzinfo
) -> Slot | None:
    if not from_the_future(schedule.last_run, handled, now):
        return next_slot(rule, first, max(schedule.last_run, handled), zone)
    after = handled if NEVER < handled <= now + JUMP else now
    return next_slot(rule, slot_before(rule, first, now, zone), after, zone)


def from_the_future(last_run: int, handled: int, now: int) -> bool:
    """Whether the clock was set back since one of the two."""
    return max(last_run, handled) > now + JUMP


def after_run(schedule: SavedSchedule, started: int, finished: int, zone: tzinfo) -> SavedSchedule:
    """The schedule as it is to be saved when a scheduled run has ended, well or not.

    Due times that came while it ran are swallowed. A schedule that cannot be understood, or is over,
    keeps its time.
    """
    try:
        rule = rule_of(schedule)
    except InvalidValue:
        return msgspec.structs.replace(schedule, last_run=started)
    slot = open_slot(rule, schedule, finished, finished, zone)
    # Not later than the end, where the clock was set back meanwhile.
    ran = min(started, finished)
    if slot is None:
        return msgspec.structs.replace(schedule, last_run=ran)
    return msgspec.structs.replace(schedule, time=slot.at, wall=slot.skipped_wall(zone), last_run=ran)


def longest_wait(rule: Rule, first: Slot, zone: tzinfo) -> int:
    """The most seconds from one due time to the next."""
    if not rule.days or rule.repeat.span < DAY:
        months = rule.repeat.months * 31 * DAY
        shorter = msgspec.structs.replace(rule.repeat, months=0).span
        return months + shorter + _longest_forbidden(rule.days) * DAY
    waits = [rule.repeat.span]
    slot = next_slot(rule, first, first.at - 1, zone)
    while slot is not None and len(waits) < 9:
        following = next_slot(rule, slot, slot.at, zone)
        waits += [] if following is None else [following.at - slot.at]
        slot = following
    return max(waits)


def _next_on_the_clock(rule: Rule, first: Slot, after: int, zone: tzinfo) -> Slot | None:
    """Steps in the calendar of the zone; a forbidden weekday moves it on day by day, which stays."""
    wall, at = first.wall, first.at
    if at <= after:
        wall = _shortly_before(rule.repeat, wall, wall_of(after, zone))
        at = instant_of(wall, zone)
    for _ in range(_MOST_STEPS):
        if at > after:
            break
        wall = rule.repeat.after(wall)
        at = instant_of(wall, zone)
    return _on_an_allowed_day(rule, wall, at, zone)


def _shortly_before(repeat: Repeat, wall: datetime, goal: datetime) -> datetime:
    """As many steps from `wall` as are safely below `goal`, without looking at each day."""
    if repeat.months:
        while (following := repeat.after(wall)) < goal - _NEAR:
            wall = following
        return wall
    steps = (goal - _NEAR - wall) // timedelta(days=repeat.days)
    return wall + timedelta(days=max(steps, 0) * repeat.days)


def _on_an_allowed_day(rule: Rule, wall: datetime, at: int, zone: tzinfo) -> Slot | None:
    for _ in range(7):
        if rule.allows(wall):
            return Slot(at, wall)
        wall += timedelta(days=1)
        at = instant_of(wall, zone)
    return None


def _next_elapsed(rule: Rule, first: Slot, after: int, zone: tzinfo) -> Slot | None:
    """Steps of a fixed length, whatever the clock shows."""
    at = _elapsed_after(rule.repeat, first.at, after)
    if rule.repeat.span >= DAY:
        return _on_an_allowed_day(rule, wall_of(at, zone), at, zone)
    for _ in range(_MOST_STEPS):
        wall = wall_of(at, zone)
        if rule.allows(wall):
            return Slot(at, wall)
        midnight = wall.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        at = _elapsed_after(rule.repeat, at, instant_of(midnight, zone) - 1)
    return None


def _elapsed_after(repeat: Repeat, at: int, after: int) -> int:
    if at > after:
        return at
    if not repeat.months:
        return at + ((after - at) // repeat.span + 1) * repeat.span
    moment, goal = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(after, UTC)
    while moment <= goal:
        moment = repeat.after(moment)
    return int(moment.timestamp())


def _longest_forbidden(days: frozenset[int]) -> int:
    if not days:
        return 0
    allowed = sorted(days)
    return max((later - day - 1) % 7 for day, later in zip(allowed, [*allowed[1:], allowed[0]], strict=True))
