"""The content and the metadata of one entry, from blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

from triplicati.engine.finishing import write_all
from triplicati.engine.listed import split
from triplicati.formats.blocks import hashes_per_list
from triplicati.formats.hashes import hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.rows import Row
from triplicati.recover.blocks import Blocks


class Written(msgspec.Struct, frozen=True):
    """`missing` bytes are holes. `right` when nothing is missing and the hash of the whole is that of the
    list."""

    missing: int
    right: bool


def write_content(handle: int, row: Row, blocks: Blocks, form: VolumeFormat) -> Written:
    """Writes a file; where a block cannot be found it has a hole of zeros. Raises `OSError`."""
    running = hasher(form.file_hash)()
    offset = missing = 0
    for digest, size in _pieces(row.size, row.blockhash or row.hash or b"", row.blocklists, blocks, form):
        block = None if digest is None else blocks.read(digest)
        if block is None or len(block) != size:
            missing += size
        else:
            if missing:
                os.lseek(handle, offset, os.SEEK_SET)
            write_all(handle, block)
            running.update(block)
        offset += size
    os.ftruncate(handle, row.size)
    return Written(missing, not missing and running.digest() == row.hash)


def read_metadata(row: Row, blocks: Blocks, form: VolumeFormat) -> bytes | None:
    """The blob, None where it is lost."""
    blob = b""
    single = row.metablockhash or row.metahash
    for digest, size in _pieces(row.metasize, single, row.metablocklists, blocks, form):
        block = None if digest is None else blocks.read(digest)
        if block is None or len(block) != size:
            return None
        blob += block
    return blob if hasher(form.file_hash)(blob).digest() == row.metahash else None


def _pieces(
    total: int, single: bytes, lists: bytes | None, blocks: Blocks, form: VolumeFormat
) -> Iterator[tuple[bytes | None, int]]:
    """(hash, bytes) of each block of a stream; None for all that a lost blocklist stands for. The sizes come
    to `total` whatever the lists say."""
    left = total
    for digests in _digests(single, lists, blocks, form):
        if left <= 0:
            return
        if digests is None:
            size = min(left, hashes_per_list(form) * form.blocksize)
            yield None, size
            left -= size
            continue
        for digest in split(digests, form):
            if left <= 0:
                return
            size = min(left, form.blocksize)
            yield digest, size
            left -= size
    if left > 0:
        yield None, left


def _digests(
    single: bytes, lists: bytes | None, blocks: Blocks, form: VolumeFormat
) -> Iterator[bytes | None]:
    if lists is None:
        yield single
        return
    for digest in split(lists, form):
        yield blocks.read_list(digest)
