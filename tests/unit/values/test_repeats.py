"""The intervals of a schedule (spec/server.md 5.1)."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.values.repeats import Repeat, add_months, parse_repeat, with_synonyms
from triplicati.values.timespans import SECONDS_PER_UNIT, parse_timespan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3600", Repeat(0, 0, 3600)),
        ("1D", Repeat(0, 1, 0)),
        ("2W", Repeat(0, 14, 0)),
        ("1M", Repeat(1, 0, 0)),
        ("1Y6M", Repeat(18, 0, 0)),
        ("30m", Repeat(0, 0, 1800)),
        ("30M", Repeat(30, 0, 0)),
        ("12h", Repeat(0, 0, 43200)),
        ("12H", Repeat(0, 0, 43200)),
        ("90S", Repeat(0, 0, 90)),
        ("1d", Repeat(0, 1, 0)),
        ("1w", Repeat(0, 7, 0)),
        (" 1D 12h ", Repeat(0, 1, 43200)),
    ],
)
def test_intervals(text: str, expected: Repeat) -> None:
    assert parse_repeat(text) == expected


@pytest.mark.parametrize(
    "text", ["", "0", "0D", "D", "1X", "1y", "-1D", "1D-1s", "1.5h", "1D 2", "x1D", "1Dx"]
)
def test_not_an_interval(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_repeat(text)


@pytest.mark.parametrize(
    ("text", "on_the_clock"),
    [("1D", True), ("1W2M", True), ("24h", False), ("1D1s", False), ("86400", False)],
)
def test_only_days_and_longer_keep_what_the_clock_shows(text: str, on_the_clock: bool) -> None:
    assert parse_repeat(text).on_the_clock is on_the_clock


def test_other_writings_of_units_for_lengths_of_time() -> None:
    assert parse_timespan(with_synonyms("1d2H3m4S")) == parse_timespan("1D2h3m4s")


def test_a_clamped_day_stays_clamped() -> None:
    january = datetime(2026, 1, 31, 8, 30)
    february = Repeat(1, 0, 0).after(january)
    assert february == datetime(2026, 2, 28, 8, 30)
    assert Repeat(1, 0, 0).after(february) == datetime(2026, 3, 28, 8, 30)


def test_a_leap_day_in_other_years() -> None:
    assert add_months(datetime(2028, 2, 29), 12) == datetime(2029, 2, 28)
    assert add_months(datetime(2028, 2, 29), -3) == datetime(2027, 11, 29)


def test_no_month_outside_the_calendar() -> None:
    with pytest.raises(OverflowError):
        add_months(datetime(9999, 12, 1), 1)


@given(st.lists(st.tuples(st.integers(1, 99), st.sampled_from("smhDW")), min_size=1, max_size=4))
def test_fixed_lengths_are_those_of_lengths_of_time(groups: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in groups)
    assert parse_repeat(text).span == sum(number * SECONDS_PER_UNIT[unit] for number, unit in groups)


@given(st.text(max_size=12))
def test_any_text_is_an_interval_or_an_error(text: str) -> None:
    try:
        repeat = parse_repeat(text)
    except InvalidValue:
        return
    assert repeat.span > 0
