"""Compact JSON as Duplicati writes it (spec/format.md, vocabulary)."""

from __future__ import annotations

from typing import Annotated

import msgspec

BOM = b"\xef\xbb\xbf"

# Nothing larger fits a file, or the local database.
Size = Annotated[int, msgspec.Meta(ge=-1, le=(1 << 63) - 1)]

_encode = msgspec.json.Encoder().encode


def encode_json(value: object) -> bytes:
    """UTF-8 without spaces; U+0085, U+2028 and U+2029 escaped, which msgspec leaves raw."""
    text = _encode(value)
    if text.isascii():
        return text
    return (
        text.replace(b"\xc2\x85", b"\\u0085")
        .replace(b"\xe2\x80\xa8", b"\\u2028")
        .replace(b"\xe2\x80\xa9", b"\\u2029")
    )


# What decoding hostile JSON raises: nesting beyond the recursion limit is a `RecursionError`.
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def without_bom(text: bytes) -> bytes:
    return text[3:] if text[:3] == BOM else text
