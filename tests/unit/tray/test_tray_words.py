"""Moments and spans as the tray says them."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.watched_server import DAY, HOUR, NOON

from triplicati_tray.words import at, left, one_line, span, stamp_seconds, until


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOON + 9 * HOUR, "at 21:00"),
        (NOON - 2 * HOUR, "at 10:00"),
        (NOON - 15 * HOUR, "yesterday at 21:00"),
        (NOON + DAY, "tomorrow at 12:00"),
        (NOON + 3 * DAY, "on Friday at 12:00"),
        (NOON - 6 * DAY, "on Wednesday at 12:00"),
        (NOON + 7 * DAY, "on 2026-12-01 at 12:00"),
    ],
)
def test_a_moment_is_named_by_its_distance_in_days(moment: float, words: str) -> None:
    assert at(moment, NOON, UTC) == words


def test_until_leaves_out_what_would_stand_twice() -> None:
    assert until(NOON + 5.5 * HOUR, NOON, UTC) == "until 17:30"
    assert until(NOON + DAY, NOON, UTC) == "until tomorrow at 12:00"
    assert until(NOON + 3 * DAY, NOON, UTC) == "until Friday at 12:00"


def test_spans_are_rounded_up_to_what_a_person_would_say() -> None:
    assert [span(each) for each in (0, 59, 61, 180, 5340, 5401, 7200, 400_000)] == [
        "a minute", "a minute", "2 minutes", "3 minutes", "89 minutes", "2 hours", "2 hours", "5 days",
    ]  # fmt: skip
    assert left(170) == "about 3 minutes left"


def test_stamps_of_metadata_become_seconds() -> None:
    assert stamp_seconds("20261124T120000Z") == NOON
    assert stamp_seconds("yesterday") is None
    assert stamp_seconds(None) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_moment_that_a_server_names_is_an_error(moment: float) -> None:
    assert "at " in at(moment, NOON, UTC)


@given(st.text(), st.integers(2, 50))
def test_one_line_is_one_line_and_no_longer_than_allowed(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert line.isprintable()
    assert line == line.strip()


def test_one_line_keeps_what_fits_and_shows_where_it_was_cut() -> None:
    assert one_line("two\nlines\x1b[31m", 40) == "two lines [31m"
    assert one_line("a long name", 7) == "a long\N{HORIZONTAL ELLIPSIS}"
