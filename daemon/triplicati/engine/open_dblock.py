"""A dblock while it is being filled (spec/format.md 4)."""

from __future__ import annotations

import secrets
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

from triplicati.engine.sink import VolumeSink
from triplicati.engine.wire import PackedVolume, PackSetup
from triplicati.formats.deflate import DEFAULT_EFFORT, Compress, compressor, crc32
from triplicati.formats.hashes import entry_name
from triplicati.formats.manifest import encode_manifest
from triplicati.formats.zip_writer import DEFLATED, STORED, ZipWriter

Packed = tuple[int, int, bytes]
"""method, CRC-32, packed bytes"""

_RARE_METHODS = {"BZip2": 12, "LZMA": 14}
_MIDDLING, _LARGE = 24 << 10, 512 << 10


class OpenDblock:
    """`full` as soon as one more block might exceed the volume size."""

    def __init__(self, setup: PackSetup) -> None:
        self._setup = setup
        self._path = Path(setup.staging) / f"{secrets.token_hex(8)}.dblock"
        passphrase = setup.keys.passphrase if setup.encrypt and not _by_gpg(setup) else None
        self._sink = VolumeSink(self._path, passphrase)
        self._zip = ZipWriter(self._sink.write)
        self._digests = bytearray()
        self._sizes = array("I")
        self._lists: list[tuple[bytes, bytes]] = []
        self._plain = 0
        self._zip.add(b"manifest", encode_manifest(setup.form, int(time.time())), None)

    @property
    def full(self) -> bool:
        return self._zip.final_size > self._setup.volume_size - self._setup.form.blocksize

    @property
    def sealing(self) -> float:
        """Seconds of work of the thread that encrypts and writes."""
        return self._sink.busy

    @property
    def waited(self) -> float:
        """Seconds that `add` waited for that thread."""
        return self._sink.waited

    def add(self, digest: bytes, packed: Packed, size: int, blocklist: bytes | None) -> None:
        method, crc, content = packed
        self._zip.add_packed(entry_name(digest), method, crc, content, size)
        self._digests += digest
        self._sizes.append(size)
        self._plain += size
        if blocklist is not None:
            self._lists.append((digest, blocklist))

    def abandon(self) -> None:
        self._sink.abandon()

    def close(self) -> PackedVolume:
        size, digest = self._sink.close(self._zip.close())
        return PackedVolume(
            str(self._path),
            size,
            b"" if _by_gpg(self._setup) else digest,
            self._plain,
            bytes(self._digests),
            self._sizes.tobytes(),
            self._lists,
        )


def _by_gpg(setup: PackSetup) -> bool:
    return setup.encrypt and setup.gpg


def packer(level: int, method: str) -> Callable[[bytes, bool], Packed]:
    """A function of (block, worth trying) for `--zip-compression-level` and `-method`."""
    if method == "None":
        level = 0
    compress: Compress = compressor(level)
    # A tree of small files pays for its many zip entries; that its larger files are packed tighter makes up
    # for it.
    compress_middling: Compress = compressor(3) if level == DEFAULT_EFFORT else compress
    # Large blocks are what takes the time of a first backup: a tenth less of it costs a hundredth more room.
    compress_large: Compress = compressor(1) if level == DEFAULT_EFFORT else compress
    code = DEFLATED
    if method in _RARE_METHODS:
        compress, code = _rare(method, level), _RARE_METHODS[method]
        compress_middling = compress_large = compress

    def pack(block: bytes, worth: bool) -> Packed:
        size = len(block)
        if worth and level and size > 32:
            smaller = (
                compress if size < _MIDDLING else compress_middling if size < _LARGE else compress_large
            )(block)
            if len(smaller) < size:
                return code, crc32(block), smaller
        return STORED, crc32(block), block

    return pack


def _rare(method: str, level: int) -> Compress:
    strength = 9 if level < 0 else level
    if method == "BZip2":
        import bz2  # noqa: PLC0415 - rarely asked for

        return lambda block: bz2.compress(block, strength)
    import lzma  # noqa: PLC0415 - rarely asked for

    filters: Sequence[dict[str, int]] = [{"id": lzma.FILTER_LZMA1, "preset": min(strength, 9)}]
    properties = lzma._encode_filter_properties(filters[0])  # type: ignore[attr-defined]  # as zipfile does
    head = bytes([9, 4]) + len(properties).to_bytes(2, "little") + properties
    return lambda block: head + lzma.compress(block, lzma.FORMAT_RAW, filters=list(filters))
