"""Databases scrambled with RC4 (spec/server.md 7.5)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.config.server import rc4

PAGE = 1024
PLAIN = b"SQLite format 3\x00" + PAGE.to_bytes(2, "big") + bytes(range(256)) * 20


def scrambled(plain: bytes, password: str, size: int = PAGE) -> bytes:
    """The way back is the same; the stream comes from the known-answer test's function."""
    key = hashlib.sha1(password.encode()).digest()[:16]
    stream = rc4._stream(key, size)
    pages = (plain[at : at + size] for at in range(0, len(plain), size))
    return b"".join(bytes(a ^ b for a, b in zip(page, stream, strict=False)) for page in pages)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (b"Key", "eb9f7781b734ca72a719"),
        (b"Wiki", "6044db6d41b7"),
        (b"Secret", "04d46b053ca87b59"),
        (bytes(range(1, 17)), "9ac7cc9a609d1ef7b2932899cde41b97"),
    ],
)
def test_known_streams(key: bytes, expected: str) -> None:
    assert rc4._stream(key, len(expected) // 2).hex() == expected


@pytest.mark.parametrize("password", [rc4.DEFAULT_PASSWORD, "own Wörd"])
def test_every_page_starts_the_stream_anew(password: str) -> None:
    content = scrambled(PLAIN, password)
    assert rc4.is_scrambled(content[:100], password)
    assert rc4.unscrambled(content, password) == PLAIN


def test_the_largest_page() -> None:
    plain = b"SQLite format 3\x00" + (1).to_bytes(2, "big") + bytes(140_000)
    assert rc4.unscrambled(scrambled(plain, "x", 65536), "x") == plain


def test_what_is_not_scrambled() -> None:
    assert not rc4.is_scrambled(PLAIN)
    assert not rc4.is_scrambled(b"")
    assert not rc4.is_scrambled(scrambled(PLAIN, "other")[:100])
    bad_size = PLAIN[:16] + b"\x03\x00" + PLAIN[18:]
    assert not rc4.is_scrambled(scrambled(bad_size, rc4.DEFAULT_PASSWORD))
    with pytest.raises(ValueError, match="password"):
        rc4.unscrambled(PLAIN)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd(content: bytes) -> None:
    assert not rc4.is_scrambled(content)
