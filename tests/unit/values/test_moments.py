import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.values.moments import parse_moment

NOW = datetime(2024, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        (" NOW ", NOW),
        ("10s", NOW + timedelta(seconds=10)),
        ("90", NOW + timedelta(seconds=90)),
        ("-90", NOW - timedelta(seconds=90)),
        ("2h30m", NOW + timedelta(minutes=150)),
        ("1D", datetime(2024, 2, 1, 12, tzinfo=UTC)),
        ("1W", datetime(2024, 2, 7, 12, tzinfo=UTC)),
        ("1M", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("13M", datetime(2025, 2, 28, 12, tzinfo=UTC)),
        ("3M", datetime(2024, 4, 30, 12, tzinfo=UTC)),
        ("1Y", datetime(2025, 1, 31, 12, tzinfo=UTC)),
        ("1M1D", datetime(2024, 3, 1, 12, tzinfo=UTC)),
        ("-2M", datetime(2023, 11, 30, 12, tzinfo=UTC)),
        ("-1M", datetime(2023, 12, 31, 12, tzinfo=UTC)),
        ("20240301T000000Z", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2009-03-26T08:30:00+01:00", datetime(2009, 3, 26, 7, 30, tzinfo=UTC)),
        ("2009-03-26T08:30:00Z", datetime(2009, 3, 26, 8, 30, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-12-24 13:02", datetime(2024, 12, 24, 12, 2, tzinfo=UTC)),
        ("2024-07-24", datetime(2024, 7, 23, 22, 0, tzinfo=UTC)),
        ("11/22/2026 06:55:05", datetime(2026, 11, 22, 5, 55, 5, tzinfo=UTC)),
        ("11/22/2026", datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ("2026/11/22", datetime(2026, 11, 21, 23, tzinfo=UTC)),
    ],
)
def test_a_date_without_a_zone_is_local(text: str, moment: datetime) -> None:
    parsed = parse_moment(text, NOW)
    assert parsed == moment
    assert parsed.tzinfo is UTC


def test_backwards_turns_offsets_around_but_not_dates() -> None:
    assert parse_moment("1M", NOW, backwards=True) == datetime(2023, 12, 31, 12, tzinfo=UTC)
    assert parse_moment("60", NOW, backwards=True) == NOW - timedelta(seconds=60)
    assert parse_moment("-60", NOW, backwards=True) == NOW - timedelta(seconds=60)
    assert parse_moment("20240301T000000Z", NOW, backwards=True) == datetime(2024, 3, 1, tzinfo=UTC)


def test_calendar_steps_are_taken_in_the_zone_of_now() -> None:
    late = datetime(2024, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert parse_moment("-1M", late) == datetime(2024, 1, 31, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "1d", "1H", "yesterday", "-", "9999Y", "2024-02-30", "20240230T000000Z", "0001-01-01T00:00+14:00"],
)
def test_not_a_moment(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_moment(text, NOW)


@given(st.integers(0, 20000), st.sampled_from("smhDW"))
def test_steps_of_fixed_length_go_there_and_back(number: int, unit: str) -> None:
    there = parse_moment(f"{number}{unit}", NOW)
    assert parse_moment(f"-{number}{unit}", there) == NOW
    assert there >= NOW


@given(st.datetimes(datetime(1900, 1, 1), datetime(2300, 1, 1)), st.integers(0, 1000))
def test_a_month_step_keeps_the_day_or_takes_the_last(start: datetime, months: int) -> None:
    moved = parse_moment(f"{months}M", start.replace(tzinfo=UTC))
    assert (moved.year - start.year) * 12 + moved.month - start.month == months
    is_last = (moved + timedelta(days=1)).month != moved.month
    assert moved.day == start.day or (moved.day < start.day and is_last)
    assert moved.time() == start.time()
