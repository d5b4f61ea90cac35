"""Unpacks zip entries of every method that volumes use, in parts and in flat memory (spec/format.md 2.3)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Protocol

from isal import isal_zlib

from triplicati.formats.deflate import INFLATE_ERROR
from triplicati.formats.zip_writer import DEFLATED, STORED

_BZIP2, _LZMA = 12, 14
_PART = 1 << 20


class _Decoder(Protocol):
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...


def unpack(method: int, packed: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The plain content of an entry that claims `size` bytes, in parts of at most 1 MiB.

    Whether it comes to `size` is the caller's to check. Raises `ValueError`.
    """
    if method == STORED:
        return iter(packed)
    if method == DEFLATED:
        return _inflated(packed)
    if method == _BZIP2:
        return _bunzipped(packed)
    if method == _LZMA:
        return _unlzmaed(packed, size)
    raise ValueError(f"it is packed with method {method}, which is not supported")


def _inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    stream = isal_zlib.decompressobj(-15)
    for data in packed:
        left, plain = data, b""
        # A full part may have left more inside the decoder, whatever is left of the input.
        while not stream.eof and (left or len(plain) == _PART):
            try:
                plain = stream.decompress(left, _PART)
            except INFLATE_ERROR as error:
                raise ValueError(str(error)) from None
            left = stream.unconsumed_tail
            yield plain


def _bunzipped(packed: Iterable[bytes]) -> Iterator[bytes]:
    import bz2  # noqa: PLC0415 - rare

    try:
        yield from _decoded(bz2.BZ2Decompressor(), packed)
    except OSError as error:
        raise ValueError(str(error)) from None


def _unlzmaed(packed: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Two bytes of version, the length of the properties, the properties, and the raw stream."""
    import lzma  # noqa: PLC0415 - rare

    parts = iter(packed)
    head = next(parts, b"")
    if len(head) < 9 or head[2:4] != b"\x05\x00" or head[4] >= 9 * 5 * 5:
        raise ValueError("its LZMA properties are damaged")
    rest, literal_context = divmod(head[4], 9)
    position, literal_position = divmod(rest, 5)
    # Memory is taken for the whole window at once, and no window larger than the content serves a purpose.
    window = min(int.from_bytes(head[5:9], "little"), max(size, 4096))
    properties = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(window, 4096),
        "lc": literal_context,
        "lp": literal_position,
        "pb": position,
    }
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[properties])
        # A stream need not mark its end: what decodes behind the content is noise.
        for plain in _decoded(decoder, itertools.chain([head[9:]], parts)):
            yield plain[:size]
            size -= len(plain)
            if size <= 0:
                return
    except (lzma.LZMAError, MemoryError) as error:
        raise ValueError(str(error)) from None


def _decoded(decoder: _Decoder, packed: Iterable[bytes]) -> Iterator[bytes]:
    for data in packed:
        if decoder.eof:
            return
        yield decoder.decompress(data, _PART)
        while not (decoder.eof or decoder.needs_input):
            yield decoder.decompress(b"", _PART)
