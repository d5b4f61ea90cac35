"""Names that are not UTF-8 are stored as text, can be told apart, and come back."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.source.names import is_text, original_name, stored_name, stored_names

byte_names = st.binary(min_size=1).map(lambda name: name.replace(b"\0", b"0").replace(b"/", b"_"))
# Hex digits, percent signs and bad bytes in all neighbourhoods, where escapes could be mistaken.
tricky_names = st.text(alphabet="%02F5af\udcff\udcc3\udca9", min_size=1, max_size=8).map(os.fsencode)
names = st.one_of(byte_names, tricky_names).map(os.fsdecode)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        (b"plain 100%FF", "plain 100%FF"),
        ("\u00fc\U0001f600".encode(), "\u00fc\U0001f600"),
        (b"caf\xe9", "caf%E9"),
        (b"\xe9%E9%zz%", "%E9%25E9%zz%"),
        (b"%25\xff", "%2525%FF"),
        (b"%\xff", "%%FF"),
        ("\u00fc".encode() + b"\xfc", "\u00fc%FC"),
        (b"\xed\xa0\x80", "%ED%A0%80"),
    ],
)
def test_stored_text(raw: bytes, stored: str) -> None:
    assert stored_name(os.fsdecode(raw)) == stored


@given(names)
def test_an_escaped_name_is_text_and_comes_back(name: str) -> None:
    stored = stored_name(name)
    assert is_text(stored)
    if is_text(name):
        assert stored == name
    else:
        assert stored != name
        assert original_name(stored) == os.fsencode(name)


@given(st.lists(names, unique=True))
def test_siblings_never_collide(siblings: list[str]) -> None:
    with_collisions = list(dict.fromkeys([*siblings, *map(stored_name, siblings)]))
    stored = stored_names(with_collisions)
    assert len(set(stored)) == len(with_collisions)
    for name, text in zip(with_collisions, stored, strict=True):
        assert text == name if is_text(name) else original_name(text) == os.fsencode(name)


def test_a_collision_is_resolved_the_same_in_any_order() -> None:
    siblings = ["a\udcff", "a%FF", "a%FF%00"]
    assert stored_names(siblings) == ["a%FF%00%00", "a%FF", "a%FF%00"]
    assert stored_names(siblings[::-1]) == ["a%FF%00", "a%FF", "a%FF%00%00"]
    assert original_name("a%FF%00%00") == b"a\xff"
