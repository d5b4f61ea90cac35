"""Makes a sound plain volume of what a damaged one still holds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from triplicati.errors import CorruptVolume
from triplicati.formats.blocks import is_block_name
from triplicati.formats.deflate import crc32
from triplicati.formats.dlist import decode_list, encode_fileset, encode_list
from triplicati.formats.hashes import ALGORITHMS, DIGEST_SIZES
from triplicati.formats.jsontext import encode_json
from triplicati.formats.names import VolumeKind
from triplicati.formats.zip_reader import ZipReader
from triplicati.formats.zip_writer import STORED, ZipWriter
from triplicati.recover.digests import digest_of_entry
from triplicati.recover.listing import LIST, list_parts

_BY_SIZE = {DIGEST_SIZES[name]: ALGORITHMS[name] for name in ALGORITHMS}
_PART = 1 << 20
_COPY = "list/"


def salvage(reader: ZipReader, kind: VolumeKind, target: Path) -> int:
    """Writes to `target` what is proven: blocks whose hash is their name, and texts whose checksum is right;
    of a file list that breaks off, what stands before. Returns how many blocks, or entries of a file list,
    were kept; with 0 there is no use in `target`.
    """
    with target.open("wb") as file:
        writer = ZipWriter(file.write)
        _keep_text(reader, writer, "manifest")
        kept = _keep_list(reader, writer) if kind == "dlist" else _keep_blocks(reader, writer, kind)
        writer.close()
    return kept


def _keep_blocks(reader: ZipReader, writer: ZipWriter, kind: VolumeKind) -> int:
    """A dindex is kept for its copies of blocklists, and what it says of dblocks goes with them."""
    kept = 0
    for name in reader.entries:
        if name.startswith("vol/"):
            _keep_text(reader, writer, name)
            continue
        bare = name.removeprefix(_COPY) if kind == "dindex" else name
        if not is_block_name(bare):
            continue
        try:
            content, (method, crc, packed) = reader.read_both(name)
        except CorruptVolume:
            continue
        if is_what_its_name_says(bare, content):
            writer.add_packed(name.encode(), method, crc, packed, len(content))
            kept += 1
    return kept


def is_what_its_name_says(name: str, content: bytes) -> bool:
    """Each hash algorithm has digests of a length of its own, so the name alone tells which it is."""
    digest = digest_of_entry(name)
    algorithm = _BY_SIZE.get(len(digest))
    return algorithm is not None and algorithm(content).digest() == digest


def _keep_text(reader: ZipReader, writer: ZipWriter, name: str) -> bool:
    try:
        content = reader.read(name)
    except CorruptVolume:
        return False
    writer.add(name.encode(), content, None)
    return True


def _keep_list(reader: ZipReader, writer: ZipWriter) -> int:
    with tempfile.TemporaryFile() as scratch:
        whole: list[bool] = []
        count = _copy_elements(reader, scratch, whole)
        if not (whole and _keep_text(reader, writer, "fileset")):
            writer.add(b"fileset", encode_fileset(full=False), None)
        size, crc = scratch.tell(), 0
        for part in _parts(scratch):
            crc = crc32(part, crc)
        writer.add_stream(LIST.encode(), STORED, crc, _parts(scratch), (size, size))
    return count


def _copy_elements(reader: ZipReader, scratch: IO[bytes], whole: list[bool]) -> int:
    """`whole` gets an item when the list could be read to its end."""
    count = 0

    def elements() -> Iterator[bytes]:
        nonlocal count
        try:
            for batch in decode_list(list_parts(reader), LIST):
                count += len(batch)
                yield b",".join(map(encode_json, batch))
            whole.append(True)
        except CorruptVolume:
            return

    for part in encode_list(elements()):
        scratch.write(part)
    return count


def _parts(scratch: IO[bytes]) -> Iterator[bytes]:
    scratch.seek(0)
    while part := scratch.read(_PART):
        yield part
