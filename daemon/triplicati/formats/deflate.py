"""Raw deflate at the levels of `--zip-compression-level`, and CRC-32.

ISA-L serves the fast levels and libdeflate the strong ones: both release the interpreter lock and beat zlib
6 to 35 times. Level 2 of ISA-L is the default, because deflate is the slowest stage of a first backup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from isal import isal_zlib

DEFAULT_EFFORT = -1

# The library's stubs call it an instance.
INFLATE_ERROR = cast("type[Exception]", isal_zlib.error)

# Deflate makes at most 1032 bytes of one: this much can do no harm, and inflating it in one go is a third
# faster.
_HARMLESS = 128 << 10

Compress = Callable[[bytes], bytes]


class StreamCompressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def crc32(data: bytes, value: int = 0) -> int:
    return isal_zlib.crc32(data, value)


def inflate(data: bytes, size: int) -> bytes:
    """Raises `ValueError` when `data` does not inflate to exactly `size` bytes."""
    try:
        if len(data) <= _HARMLESS:
            plain = isal_zlib.decompress(data, -15, size + 1)
        else:
            plain = isal_zlib.decompressobj(-15).decompress(data, size + 1)
    except INFLATE_ERROR as error:
        raise ValueError(str(error)) from None
    if len(plain) != size:
        raise ValueError(f"{len(plain)} bytes instead of {size}")
    return plain


def compressor(level: int) -> Compress:
    """The function for a level 0 to 9, or `DEFAULT_EFFORT`. Level 0 gives its argument back (stored)."""
    if level == 0:
        return bytes
    if level <= 3:
        strength = 2 if level == DEFAULT_EFFORT else level
        return lambda data: isal_zlib.compress(data, strength, -15)
    import deflate  # noqa: PLC0415 - only when a strong level was asked for

    strong = 1 if level <= 6 else 6 if level <= 8 else 12
    return lambda data: bytes(deflate.deflate_compress(data, strong))


def stream_compressor(level: int) -> StreamCompressor:
    """For texts that are never whole in memory. libdeflate has no streams: zlib serves the strong levels."""
    if level <= 3:
        strength = 2 if level in (DEFAULT_EFFORT, 0) else level
        return cast("StreamCompressor", isal_zlib.compressobj(strength, isal_zlib.DEFLATED, -15))
    import zlib  # noqa: PLC0415 - only when a strong level was asked for

    return zlib.compressobj(6 if level < 9 else 9, zlib.DEFLATED, -15)
