"""Due times (spec/server.md 5.2), with the rules for gaps and folds of the clock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.messages.saved import NEVER, SavedSchedule
from triplicati.runner.next_run import (
    Rule,
    after_run,
    longest_wait,
    next_due,
    next_slot,
    open_slot,
    rule_of,
    slot_at,
    slot_before,
)
from triplicati.values.repeats import parse_repeat
from triplicati.values.wall_clock import instant_of, wall_of

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
WEEKDAYS = frozenset({MON, TUE, WED, THU, FRI})
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]


def at(wall: str, zone: str = "Europe/Berlin") -> int:
    """The instant of a wall clock time, or of one with an offset."""
    moment = datetime.fromisoformat(wall)
    return int(moment.timestamp()) if moment.tzinfo else instant_of(moment, ZoneInfo(zone))


def rule(repeat: str, *days: int) -> Rule:
    return Rule(parse_repeat(repeat), frozenset(days))


def rows(repeat: str, first: str, zone: str, count: int, *days: int) -> list[str]:
    """The due times after `first` as the clock of the zone shows them, with its offset."""
    place = ZoneInfo(zone)
    slot, found = slot_at(at(first, zone), place), []
    for _ in range(count):
        following = next_slot(rule(repeat, *days), slot, slot.at, place)
        assert following is not None
        slot = following
        found.append(datetime.fromtimestamp(slot.at, place).isoformat())
    return found


@pytest.mark.parametrize(
    ("repeat", "first", "zone", "expected"),
    [
        # The clock skips 02:30: the first moment after it, and the days after are not moved.
        (
            "1D",
            "2026-03-28T02:30:00",
            "Europe/Berlin",
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
        # It shows 02:30 twice: once, the first time.
        (
            "1D",
            "2026-10-24T02:30:00",
            "Europe/Berlin",
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
        ),
        (
            "1D",
            "2026-03-07T02:15:00",
            "America/New_York",
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:15:00-04:00"],
        ),
        (
            "1D",
            "2026-10-31T01:15:00",
            "America/New_York",
            ["2026-11-01T01:15:00-04:00", "2026-11-02T01:15:00-05:00"],
        ),
        # Summer time of half an hour.
        (
            "1D",
            "2026-10-03T02:10:00",
            "Australia/Lord_Howe",
            ["2026-10-04T02:30:00+11:00", "2026-10-05T02:10:00+11:00"],
        ),
        (
            "1D",
            "2026-04-04T01:45:00",
            "Australia/Lord_Howe",
            ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"],
        ),
        (
            "1D",
            "2026-03-28T02:30:00",
            "Asia/Kathmandu",
            ["2026-03-29T02:30:00+05:45", "2026-03-30T02:30:00+05:45"],
        ),
        # The length between the runs is what counts here, not what the clock shows.
        (
            "6h",
            "2026-03-28T20:30:00",
            "Europe/Berlin",
            ["2026-03-29T03:30:00+02:00", "2026-03-29T09:30:00+02:00"],
        ),
        (
            "1h",
            "2026-10-25T01:30:00+02:00",
            "Europe/Berlin",
            ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"],
        ),
        (
            "24h",
            "2026-10-24T12:00:00",
            "Europe/Berlin",
            ["2026-10-25T11:00:00+01:00", "2026-10-26T11:00:00+01:00"],
        ),
        # The last day of a month becomes an earlier one, and stays it.
        (
            "1M",
            "2026-01-31T12:00:00",
            "Europe/Berlin",
            ["2026-02-28T12:00:00+01:00", "2026-03-28T12:00:00+01:00"],
        ),
        (
            "1Y",
            "2028-02-29T12:00:00",
            "Europe/Berlin",
            ["2029-02-28T12:00:00+01:00", "2030-02-28T12:00:00+01:00"],
        ),
        # A month by the calendar of the zone, not by that of UTC.
        (
            "1M",
            "2026-02-01T00:30:00",
            "Europe/Berlin",
            ["2026-03-01T00:30:00+01:00", "2026-04-01T00:30:00+02:00"],
        ),
        (
            "1W",
            "2026-03-23T02:30:00",
            "Europe/Berlin",
            ["2026-03-30T02:30:00+02:00", "2026-04-06T02:30:00+02:00"],
        ),
        (
            "1M12h",
            "2026-03-01T00:00:00",
            "UTC",
            ["2026-04-01T12:00:00+00:00", "2026-05-02T00:00:00+00:00"],
        ),
        # A country that went over the date line had no December 30th.
        (
            "1D",
            "2011-12-29T05:00:00",
            "Pacific/Apia",
            ["2011-12-31T00:00:00+14:00", "2011-12-31T05:00:00+14:00"],
        ),
    ],
)
def test_due_times(repeat: str, first: str, zone: str, expected: list[str]) -> None:
    assert rows(repeat, first, zone, len(expected)) == expected


def test_days_are_stepped_in_the_calendar() -> None:
    """24 hours on from Saturday 23:30 in the night to winter time is Sunday 22:30."""
    found = rows("1D", "2026-10-23T23:30:00", "Europe/Berlin", 2, FRI, MON)
    assert found == ["2026-10-26T23:30:00+01:00", "2026-10-30T23:30:00+01:00"]


def test_a_day_in_hours_moves_on_by_whole_days() -> None:
    found = rows("24h", "2026-10-23T23:30:00", "Europe/Berlin", 2, MON, TUE)
    assert found == ["2026-10-26T23:30:00+01:00", "2026-10-27T23:30:00+01:00"]


def test_a_day_moved_to_an_allowed_one_starts_the_row_anew() -> None:
    found = rows("1W", "2026-11-02T08:00:00", "UTC", 2, WED)
    assert found == ["2026-11-11T08:00:00+00:00", "2026-11-18T08:00:00+00:00"]


def test_short_intervals_go_on_in_their_row_on_the_next_allowed_day() -> None:
    found = rows("7h", "2026-11-20T21:00:00", "UTC", 3, FRI, MON)
    assert found == ["2026-11-23T05:00:00+00:00", "2026-11-23T12:00:00+00:00", "2026-11-23T19:00:00+00:00"]


def test_the_first_due_time_itself_counts() -> None:
    assert next_due(rule("1D"), at("2026-11-22T08:00"), NEVER, BERLIN) == at("2026-11-22T08:00")
    sunday = at("2026-11-22T08:00")
    assert next_due(rule("1D", MON), sunday, NEVER, BERLIN) == at("2026-11-23T08:00")


@pytest.mark.parametrize("first", [NEVER, -1, 0])
def test_a_first_time_that_was_never_set(first: int) -> None:
    found = next_due(rule("1D"), first, at("2026-11-22T08:00", "UTC"), UTC)
    assert found == at("2026-11-23T00:00", "UTC")


@pytest.mark.parametrize(
    ("repeat", "days", "after"),
    [
        ("1D", (), 253402300799),
        ("1M", (), 253402300799),
        ("999999999Y", (), 1),
        ("1h", (), 10**15),
        ("1D", (9,), 1),
        ("1h", (9,), 1),
    ],
)
def test_no_due_time_at_all(repeat: str, days: tuple[int, ...], after: int) -> None:
    assert next_due(rule(repeat, *days), 0, after, BERLIN) is None


@pytest.mark.parametrize(
    ("repeat", "days"), [("1m", ()), ("1s", (TUE,)), ("1D", ()), ("1M", (TUE,)), ("1D1s", ())]
)
def test_years_of_missed_runs_are_counted_not_walked(repeat: str, days: tuple[int, ...]) -> None:
    begun = time.process_time()
    for _ in range(20):
        assert next_due(rule(repeat, *days), 1, at("2026-11-22T08:00"), BERLIN)
    assert time.process_time() - begun < 1


REPEATS = st.sampled_from(
    [
        "1m",
        "45m",
        "1h",
        "7h",
        "12h",
        "24h",
        "1D",
        "2D",
        "3D",
        "1W",
        "2W",
        "1M",
        "5M",
        "1Y",
        "1M1D",
        "1D12h",
        "90000",
    ]
)
INSTANTS = st.integers(at("1999-01-01", "UTC"), at("2037-01-01", "UTC"))
SOME_DAYS = st.frozensets(st.integers(0, 6), max_size=6)


@given(REPEATS, SOME_DAYS, INSTANTS, INSTANTS, st.sampled_from(ZONES))
def test_the_next_is_later_and_allowed(
    repeat: str, days: frozenset[int], first: int, after: int, zone: str
) -> None:
    place = ZoneInfo(zone)
    slot = next_slot(rule(repeat, *days), slot_at(first, place), after, place)
    assert slot is not None
    assert slot.at > after
    assert slot.at >= first
    assert not days or slot.wall.weekday() in days


@given(REPEATS, SOME_DAYS, INSTANTS, st.lists(INSTANTS, min_size=2, max_size=5), st.sampled_from(ZONES))
def test_the_next_of_a_later_moment_is_not_earlier(
    repeat: str, days: frozenset[int], first: int, moments: list[int], zone: str
) -> None:
    place = ZoneInfo(zone)
    found = [next_due(rule(repeat, *days), first, moment, place) or 0 for moment in sorted(moments)]
    assert all(earlier <= later for earlier, later in pairwise(found))


@given(st.sampled_from(["1D", "3D", "1W", "1M", "1Y"]), SOME_DAYS, INSTANTS, INSTANTS, st.sampled_from(ZONES))
def test_what_the_clock_shows_is_kept(
    repeat: str, days: frozenset[int], first: int, after: int, zone: str
) -> None:
    place = ZoneInfo(zone)
    slot = next_slot(rule(repeat, *days), slot_at(first, place), after, place)
    assert slot is not None
    assert slot.wall.time() == wall_of(first, place).time()
    shift = wall_of(slot.at, place) - slot.wall
    assert timedelta(0) <= shift <= timedelta(days=1)


@given(REPEATS, INSTANTS, INSTANTS, st.sampled_from(ZONES))
def test_without_weekdays_one_step_at_a_time_finds_the_same(
    repeat: str, first: int, after: int, zone: str
) -> None:
    """The way the specification tells it, from at most two hundred steps away."""
    place = ZoneInfo(zone)
    first = max(first, after - 200 * parse_repeat(repeat).span)
    slot = slot_at(first, place)
    while slot.at <= after:
        following = next_slot(rule(repeat), slot, slot.at, place)
        assert following is not None
        slot = following
    assert next_slot(rule(repeat), slot_at(first, place), after, place) == slot


@given(REPEATS, INSTANTS, st.integers(0, 10**9), st.sampled_from(ZONES))
def test_a_row_reaches_back(repeat: str, now: int, ahead: int, zone: str) -> None:
    place = ZoneInfo(zone)
    before = slot_before(rule(repeat), slot_at(now + ahead, place), now, place)
    assert before.at <= now


# --- what is to be dealt with ----------------------------------------------------------------------------


def schedule(
    first: str,
    repeat: str = "1D",
    last_run: str | None = None,
    days: frozenset[int] = frozenset(),
    wall: str = "",
) -> SavedSchedule:
    last = NEVER if last_run is None else at(last_run)
    return SavedSchedule(id=1, time=at(first), repeat=repeat, last_run=last, days=days, wall=wall)


def open_at(saved: SavedSchedule, now: str, handled: int = NEVER) -> str:
    slot = open_slot(rule_of(saved), saved, handled, at(now), BERLIN)
    assert slot is not None
    return wall_of(slot.at, BERLIN).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("saved", "now", "expected"),
    [
        # New, in the past, never run: its first time, so at once.
        (schedule("2026-11-01T08:00"), "2026-11-22T10:00", "2026-11-01T08:00"),
        # New, in the future.
        (schedule("2027-11-01T08:00"), "2026-11-22T10:00", "2027-11-01T08:00"),
        # Missed many: the earliest of them stands for all.
        (schedule("2026-11-02T08:00", last_run="2026-11-01T08:01"), "2026-11-22T10:00", "2026-11-02T08:00"),
        # Edited to an earlier first time: what has run stays done.
        (schedule("2026-11-01T08:00", last_run="2026-11-22T08:01"), "2026-11-22T10:00", "2026-11-23T08:00"),
        # Edited to a time of day that has passed since the last run.
        (schedule("2026-11-01T09:00", last_run="2026-11-22T08:01"), "2026-11-22T10:00", "2026-11-22T09:00"),
        # A run that started in the very second it was due.
        (schedule("2026-11-22T08:00", last_run="2026-11-22T08:00"), "2026-11-22T08:00", "2026-11-23T08:00"),
        # The clock was a year ahead when it last ran, and is right again.
        (schedule("2027-11-23T08:00", last_run="2027-11-22T08:00"), "2026-11-22T10:00", "2026-11-23T08:00"),
        # The same for a row of months.
        (schedule("2028-01-10T08:00", "1M", "2027-12-10T08:00"), "2026-11-22T10:00", "2026-12-10T08:00"),
        (schedule("2027-11-22T08:30", "1h", "2027-11-22T08:00"), "2026-11-22T10:00", "2026-11-22T10:30"),
        # A clock that was set back by seconds does not run it twice.
        (schedule("2026-11-23T08:00", last_run="2026-11-22T08:00"), "2026-11-22T07:59", "2026-11-23T08:00"),
    ],
)
def test_what_is_open(saved: SavedSchedule, now: str, expected: str) -> None:
    assert open_at(saved, now) == expected


def test_what_was_dealt_with_is_not_open_again() -> None:
    saved = schedule("2026-11-02T08:00", last_run="2026-11-01T08:01")
    assert open_at(saved, "2026-11-22T10:00", handled=at("2026-11-22T10:00")) == "2026-11-23T08:00"


def test_after_a_run() -> None:
    saved = schedule("2026-11-02T08:00", last_run="2026-11-01T08:01")
    done = after_run(saved, at("2026-11-02T08:01"), at("2026-11-02T09:00"), BERLIN)
    assert (done.time, done.last_run) == (at("2026-11-03T08:00"), at("2026-11-02T08:01"))


def test_a_run_swallows_the_due_times_that_came_meanwhile() -> None:
    saved = schedule("2026-11-02T08:00", "1h", last_run="2026-11-02T07:00")
    done = after_run(saved, at("2026-11-02T08:00"), at("2026-11-02T11:20"), BERLIN)
    assert done.time == at("2026-11-02T12:00")
    assert open_at(done, "2026-11-02T11:20") == "2026-11-02T12:00"


def test_a_skipped_time_is_kept_with_the_schedule() -> None:
    """A daily backup at 02:30 would else run at 03:00 from the night to summer time on."""
    saved = schedule("2026-03-28T02:30", last_run="2026-03-27T02:30")
    night = after_run(saved, at("2026-03-28T02:30"), at("2026-03-28T02:40"), BERLIN)
    assert (night.time, night.wall) == (at("2026-03-29T03:00"), "2026-03-29T02:30:00")
    later = after_run(night, at("2026-03-29T03:00"), at("2026-03-29T03:10"), BERLIN)
    assert (later.time, later.wall) == (at("2026-03-30T02:30"), "")


@pytest.mark.parametrize("wall", ["nonsense", "2026-03-29T02:30:00+01:00", "2026-03-28T02:30:00"])
def test_a_kept_time_that_does_not_fit_is_passed_over(wall: str) -> None:
    saved = schedule("2026-03-29T03:00", wall=wall)
    assert slot_at(saved.time, BERLIN, saved.wall).wall == datetime(2026, 3, 29, 3, 0)


def test_a_bad_interval_keeps_its_time() -> None:
    saved = schedule("2026-11-02T08:00", "often")
    done = after_run(saved, 5, 9, BERLIN)
    assert (done.time, done.last_run) == (saved.time, 5)


@pytest.mark.parametrize(
    ("repeat", "days", "expected"),
    [
        ("1D", (), 86400),
        ("1D", tuple(WEEKDAYS), 3 * 86400),
        ("1W", (WED,), 7 * 86400),
        ("1h", (), 3600),
        ("1h", (MON,), 6 * 86400 + 3600),
        ("1M", (), 31 * 86400),
    ],
)
def test_the_longest_wait(repeat: str, days: tuple[int, ...], expected: int) -> None:
    assert longest_wait(rule(repeat, *days), slot_at(at("2026-11-22T08:00", "UTC"), UTC), UTC) == expected


@pytest.mark.parametrize("repeat", ["9999Y", "999999999Y", "3000000D"])
def test_a_row_that_leaves_the_calendar_has_no_due_time(repeat: str) -> None:
    """With a last run in the future the row is followed back, before the year 1."""
    saved = SavedSchedule(id=1, time=at("9000-01-01T00:00"), repeat=repeat, last_run=2**40)
    assert open_slot(rule(repeat), saved, NEVER, at("2026-01-01T00:00"), BERLIN) is None
