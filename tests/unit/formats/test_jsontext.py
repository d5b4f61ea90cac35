import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.formats.jsontext import BOM, encode_json, without_bom


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b", '"a/b"'),
        ("ü€😀", '"ü€😀"'),
        ('"\\', '"\\"\\\\"'),
        ("\b\t\n\f\r", '"\\b\\t\\n\\f\\r"'),
        ("\x00\x1f\x7f", '"\\u0000\\u001f\x7f"'),
        ("\x84\x85\x86", '"\x84\\u0085\x86"'),
        ("\u2027\u2028\u2029\u202a", '"\u2027\\u2028\\u2029\u202a"'),
    ],
)
def test_what_is_escaped(text: str, expected: str) -> None:
    assert encode_json(text) == expected.encode()


@given(
    st.recursive(
        st.text() | st.integers(-9, 9), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_reader_gives_it_back(value: object) -> None:
    text = encode_json(value)
    assert json.loads(text) == value
    assert not any(each in text.decode() for each in "\x85\u2028\u2029")


def test_a_lone_surrogate_is_never_written() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode_json("\udc80")


def test_the_mark_is_taken_off_once() -> None:
    assert without_bom(BOM + BOM + b"x") == BOM + b"x"
    assert without_bom(b"x") == b"x"
    assert without_bom(b"") == b""
