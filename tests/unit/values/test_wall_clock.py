"""Between instants and what clocks show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.values.wall_clock import instant_of, wall_of

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00"),
        ("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00"),
        ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00"),
        ("America/New_York", "2026-03-08T02:59:59", "2026-03-08T07:00:00"),
        ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:10:00", "2026-10-03T15:30:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00"),
        ("Asia/Kathmandu", "2026-03-29T02:30:00", "2026-03-28T20:45:00"),
        ("Pacific/Apia", "2011-12-30T05:00:00", "2011-12-30T10:00:00"),
    ],
)
def test_gaps_and_folds(zone: str, wall: str, expected: str) -> None:
    assert instant_of(datetime.fromisoformat(wall), ZoneInfo(zone)) == utc(expected)


@given(st.integers(0, 4_000_000_000), st.sampled_from(ZONES))
def test_what_a_clock_shows_leads_back_to_the_first_such_moment(at: int, zone: str) -> None:
    found = instant_of(wall_of(at, ZoneInfo(zone)), ZoneInfo(zone))
    assert at - 7200 <= found <= at
    assert wall_of(found, ZoneInfo(zone)) == wall_of(at, ZoneInfo(zone))


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.timedeltas(timedelta(seconds=0), timedelta(days=3)).map(lambda by: timedelta(seconds=by.seconds)),
    st.sampled_from(ZONES),
)
def test_later_on_the_clock_is_not_earlier(wall: datetime, by: timedelta, zone: str) -> None:
    assert instant_of(wall, ZoneInfo(zone)) <= instant_of(wall + by, ZoneInfo(zone))
