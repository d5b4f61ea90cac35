"""Finds the entries of a zip container whose directory is lost, by their local headers.

A volume that was cut short, or one with a damaged end, still holds each entry behind a header of its own.
Nothing found here is proven: a block counts only when its hash fits its name.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from triplicati.formats.zip_reader import ReadAt, ZipEntry
from triplicati.formats.zip_writer import DEFLATED

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_MAGIC = b"PK\x03\x04"
_NEXT = (_MAGIC, b"PK\x01\x02", b"PK\x06\x06")
_WINDOW = 1 << 20
_LIMIT = 0xFFFFFFFF
_LONGEST_NAME = 4096
_LARGEST = 1 << 40
_STREAMED = 8
_DESCRIPTOR = b"PK\x07\x08"


def scanned_entries(read_at: ReadAt, length: int) -> Iterator[ZipEntry]:
    """In the order of the file. The last one may claim more than is there: its packed size ends with the
    file."""
    at = _find(read_at, 0, length)
    while at >= 0:
        entry, end = _entry_at(read_at, at, length)
        if entry is not None:
            entry.packed_size -= max(end - length, 0)
            yield entry
        # Where nothing known follows, the sizes may have been the damage.
        known = entry is not None and (end == length or read_at(end, 4) in _NEXT)
        at = _find(read_at, end if known else at + 4, length)


def _find(read_at: ReadAt, start: int, length: int) -> int:
    while start < length:
        window = read_at(start, _WINDOW)
        found = window.find(_MAGIC)
        if found >= 0:
            return start + found
        if len(window) < _WINDOW:
            break
        start += _WINDOW - 3  # a header may begin in the last three bytes
    return -1


def _entry_at(read_at: ReadAt, at: int, length: int) -> tuple[ZipEntry | None, int]:
    """The entry and where it should end; None for what only looks like a header."""
    head = read_at(at, _LOCAL.size)
    if len(head) < _LOCAL.size:
        return None, at
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(head)
    start = at + _LOCAL.size + name_length + extra_length
    if flags & 1 or not 0 < name_length <= _LONGEST_NAME or start > length:
        return None, at
    name = read_at(at + _LOCAL.size, name_length + extra_length)
    if _LIMIT in (packed, size):
        size, packed = _wide(name[name_length:], size, packed)
    text = name[:name_length].decode("utf-8" if flags & 0x800 else "cp437", "replace").replace("\\", "/")
    if flags & _STREAMED and not packed:
        return _streamed(read_at, ZipEntry(text, method, 0, 0, 0, at), start, length)
    return ZipEntry(text, method, crc, packed, size, at), start + packed


def _wide(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, position)
        if tag == 1 and length >= 16 and position + 20 <= len(extra):
            wide_size, wide_packed = struct.unpack_from("<QQ", extra, position + 4)
            return wide_size, wide_packed
        position += 4 + length
    return size, packed


def _streamed(
    read_at: ReadAt, entry: ZipEntry, start: int, length: int
) -> tuple[ZipEntry | None, int]:
    """Its sizes follow the content, so the content itself has to tell where it ends."""
    if entry.method != DEFLATED:
        return None, entry.offset
    stream, at = zlib.decompressobj(-15), start
    left = b""
    while not stream.eof:
        if not left:
            left = read_at(at, min(_WINDOW, length - at))
            at += len(left)
            if not left:
                break
        try:
            plain = stream.decompress(left, _WINDOW)
        except zlib.error:
            return None, entry.offset
        left = stream.unconsumed_tail
        entry.crc = zlib.crc32(plain, entry.crc)
        entry.size += len(plain)
        if entry.size > _LARGEST:
            return None, entry.offset
    end = at - len(stream.unused_data)
    entry.packed_size = end - start
    tail = read_at(end, 24)
    if tail[:4] == _DESCRIPTOR:
        # What it says of the content is the only check of an entry that is no block.
        (entry.crc,) = struct.unpack_from("<I", tail.ljust(8, b"\x00"), 4)
        wide = read_at(end + 24, 4) in _NEXT
        end += 24 if wide else 16
    return entry, end
