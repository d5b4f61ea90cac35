"""Text for JSON and databases."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from triplicati.reports.result_forms import formatted
from triplicati.values.plain_text import plain_text

_ANY = st.text(st.characters() | st.characters(categories=["Cs"]))


@given(_ANY)
def test_it_can_be_encoded_and_text_stays_as_it_is(text: str) -> None:
    plain = plain_text(text)
    plain.encode()
    assert len(plain) == len(text)
    assert all(new in (old, "\ufffd") for new, old in zip(plain, text, strict=True))


@given(st.dictionaries(st.text(max_size=3), st.lists(_ANY | st.integers(0, 9) | st.none(), max_size=3)))
def test_a_result_with_any_text_is_json(values: dict[str, list[str | int | None]]) -> None:
    expected = {
        name: [plain_text(each) if isinstance(each, str) else each for each in found]
        for name, found in values.items()
    }
    assert json.loads(formatted(values)) == expected
