"""Hash algorithms and the two spellings of a digest (spec/format.md 6.1, trap 12)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Protocol

from triplicati.errors import InvalidValue


class Hasher(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...
    @property
    def digest_size(self) -> int: ...


ALGORITHMS: dict[str, Callable[..., Hasher]] = {
    "SHA256": hashlib.sha256,
    "MD5": hashlib.md5,
    "SHA1": hashlib.sha1,
    "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512,
}
# A volume's own hash is SHA-256 whatever the options say: real data has it so, against spec/format.md 5.1.
VOLUME_HASH = "SHA256"
DIGEST_SIZES = {"SHA256": 32, "MD5": 16, "SHA1": 20, "SHA384": 48, "SHA512": 64}


def hasher(name: str) -> Callable[..., Hasher]:
    """The constructor for an algorithm name as a manifest spells it. Raises `InvalidValue`."""
    try:
        return ALGORITHMS[name]
    except KeyError:
        raise InvalidValue(
            value=name, kind="hash algorithm", reason=f"use one of {', '.join(ALGORITHMS)}"
        ) from None


def b64(digest: bytes) -> str:
    """Standard Base64 with padding, as JSON values spell a digest."""
    return binascii.b2a_base64(digest, newline=False).decode("ascii")


def unb64(text: str) -> bytes:
    """The raw digest of a JSON value. Raises `ValueError` for anything but padded standard Base64."""
    return binascii.a2b_base64(text, strict_mode=True)


def entry_name(digest: bytes) -> bytes:
    """The zip entry name of a block: URL-safe Base64 with padding."""
    return base64.urlsafe_b64encode(digest)


def b64_each(digests: bytes, size: int) -> list[str]:
    """The Base64 of each of the digests joined in `digests`.

    In one go: each is filled up with zeros to a multiple of three bytes, so that their texts do not run into
    each other, and what the zeros became is then made padding.
    """
    count, fill = len(digests) // size, -size % 3
    wide = size + fill
    spread = bytearray(count * wide)
    for position in range(size):
        spread[position::wide] = digests[position::size]
    text = bytearray(binascii.b2a_base64(spread, newline=False))
    length = wide // 3 * 4
    for position in range(length - fill, length):
        text[position::length] = b"=" * count
    joined = text.decode("ascii")
    return [joined[at : at + length] for at in range(0, len(joined), length)]
