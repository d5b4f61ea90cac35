"""One page out of rows that come in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati_web.v2.versions import Page

PIECES = st.lists(st.lists(st.integers(), max_size=7), max_size=7)


@given(PIECES, st.integers(1, 9))
def test_all_pages_together_are_all_rows(pieces: list[list[int]], size: int) -> None:
    rows = [each for piece in pieces for each in piece]
    found: list[int] = []
    for number in range(len(rows) // size + 1):
        page = Page[int](number, size)
        for piece in pieces:
            page.take(piece)
        assert len(page.found) <= size
        assert page.total == len(rows)
        found += page.found
    assert found == rows


@given(PIECES)
def test_no_size_is_no_limit(pieces: list[list[int]]) -> None:
    page = Page[int](None, 0)
    for piece in pieces:
        page.take(piece)
    assert page.found == [each for piece in pieces for each in piece]
    assert page.answer(str).page_info.pages == int(bool(page.found))


@pytest.mark.parametrize(("number", "size"), [(-1, 1), (0, -1), (2**40, 1)])
def test_pages_that_are_none(number: int, size: int) -> None:
    with pytest.raises(InvalidValue):
        Page[int](number, size)
