"""Databases of Duplicati 2.0 on Windows, scrambled with RC4 (spec/server.md 7.5). Read only.

The cipher starts anew with every page, so that one stream of a page's length serves for the whole file.
"""

from __future__ import annotations

import hashlib

DEFAULT_PASSWORD = "Duplicati_Key_42"
_HEAD = b"SQLite format 3\x00"
_SMALLEST_PAGE, _LARGEST_PAGE = 512, 65536


def is_scrambled(content: bytes, password: str = DEFAULT_PASSWORD) -> bool:
    """Whether the start of a file (100 bytes) becomes that of a database with this password."""
    return content[:16] != _HEAD and _page_size(content, _key(password)) is not None


def unscrambled(content: bytes, password: str = DEFAULT_PASSWORD) -> bytes:
    """The database itself. Raises `ValueError` when the password does not fit."""
    key = _key(password)
    size = _page_size(content, key)
    if size is None:
        raise ValueError("the password does not fit")
    stream = _stream(key, size)
    pages = (content[at : at + size] for at in range(0, len(content), size))
    return b"".join(_xor(page, stream) for page in pages)


def _key(password: str) -> bytes:
    return hashlib.sha1(password.encode(), usedforsecurity=False).digest()[:16]


def _page_size(content: bytes, key: bytes) -> int | None:
    head = _xor(content[:100], _stream(key, 100))
    if len(head) < 100 or head[:16] != _HEAD:
        return None
    size = int.from_bytes(head[16:18], "big")
    size = _LARGEST_PAGE if size == 1 else size
    return size if _SMALLEST_PAGE <= size <= _LARGEST_PAGE and size & (size - 1) == 0 else None


def _xor(data: bytes, stream: bytes) -> bytes:
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream[: len(data)], "big")
    return mixed.to_bytes(len(data), "big")


def _stream(key: bytes, length: int) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) & 255
        box[i], box[j] = box[j], box[i]
    out = bytearray()
    i = j = 0
    for _ in range(length):
        i = (i + 1) & 255
        j = (j + box[i]) & 255
        box[i], box[j] = box[j], box[i]
        out.append(box[(box[i] + box[j]) & 255])
    return bytes(out)
