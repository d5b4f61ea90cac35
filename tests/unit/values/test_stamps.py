import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.values.stamps import format_local, format_stamp, parse_stamp


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "19700101T000000Z"),
        (-1, "19691231T235959Z"),
        (1500000000, "20170714T024000Z"),
        (1709251199, "20240229T235959Z"),
        (-62135596800, "00010101T000000Z"),
        (253402300799, "99991231T235959Z"),
    ],
)
def test_stamps(seconds: int, text: str) -> None:
    assert format_stamp(seconds) == text
    assert parse_stamp(text) == seconds


@given(st.integers(-62135596800, 253402300799))
def test_a_stamp_reads_back_and_is_the_calendars(seconds: int) -> None:
    text = format_stamp(seconds)
    assert parse_stamp(text) == seconds
    fields = (int(text[at:end]) for at, end in ((0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15)))
    assert datetime(*fields, tzinfo=UTC).timestamp() == seconds  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20170714T024000",
        "20170714T024000z",
        "20170714 024000Z",
        "20170230T000000Z",
        "00000101T000000Z",
        "20171301T000000Z",
        "20170714T240000Z",
        "20170714T236000Z",
        "20170714T235960Z",
        "2017071 T024000Z",
        "+2017071T024000Z",
        "2017_714T024000Z",
        "2017071٣T024000Z",
        "20170714T024000Z0",
    ],
)
def test_not_a_stamp(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_stamp(text)


@pytest.mark.parametrize("seconds", [-62135596801, 253402300800, 10**30])
def test_no_stamp_outside_the_calendar(seconds: int) -> None:
    with pytest.raises(InvalidValue):
        format_stamp(seconds)


@pytest.mark.usefixtures("berlin")
def test_local_times_follow_the_zone() -> None:
    assert format_local(parse_stamp("20261122T055505Z")) == "11/22/2026 06:55:05"
    assert format_local(parse_stamp("20260701T120000Z")) == "07/01/2026 14:00:00"
    with pytest.raises(InvalidValue):
        format_local(10**20)
