from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.values.timespans import format_timespan, parse_timespan

UNITS = {"s": 1, "m": 60, "h": 3600, "D": 86400, "W": 604800, "M": 2592000, "Y": 31536000}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("-5", -5),
        ("10s", 10),
        ("5m", 300),
        ("1D12h", 129600),
        ("1D-1s", 86399),
        ("1D 2h", 93600),
        (" 3 W ", 1814400),
        ("1M", 2592000),
        ("1Y", 31536000),
        ("", 0),
        (" ", 0),
    ],
)
def test_lengths_of_time(text: str, seconds: int) -> None:
    assert parse_timespan(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["1d", "1H", "10s5", "D", "1.5h", "1Dx", "x1D", "1 D 2", "999999999999Y", "1µ"]
)
def test_not_a_length_of_time(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_timespan(text)


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.sampled_from(sorted(UNITS))), min_size=1))
def test_groups_add_up(groups: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in groups)
    assert parse_timespan(text).total_seconds() == sum(number * UNITS[unit] for number, unit in groups)


@pytest.mark.parametrize(
    ("span", "plain", "exact"),
    [
        (timedelta(seconds=4, microseconds=201234), "00:00:04", "00:00:04.2012340"),
        (timedelta(hours=25, minutes=1), "1.01:01:00", "1.01:01:00"),
        (timedelta(days=400, seconds=59), "400.00:00:59", "400.00:00:59"),
        (timedelta(seconds=-90), "-00:01:30", "-00:01:30"),
        (timedelta(), "00:00:00", "00:00:00"),
    ],
)
def test_printed_lengths(span: timedelta, plain: str, exact: str) -> None:
    assert format_timespan(span) == plain
    assert format_timespan(span, fraction=True) == exact


@given(st.timedeltas(timedelta(days=-10000), timedelta(days=10000)))
def test_a_printed_length_can_be_read_back(span: timedelta) -> None:
    text = format_timespan(span, fraction=True)
    body, sign = text.removeprefix("-"), -1 if text.startswith("-") else 1
    hours, minutes, seconds = body.split(":")
    days, _, hours = hours.rpartition(".")
    micros = round(float(seconds) * 1_000_000)
    read = timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), microseconds=micros)
    assert sign * read == span
