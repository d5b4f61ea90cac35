"""Writes dindex and dlist volumes into files. Plain functions, for threads."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from triplicati.engine.opening import Keys
from triplicati.engine.sink import VolumeSink
from triplicati.formats.deflate import DEFAULT_EFFORT, compressor, crc32, stream_compressor
from triplicati.formats.dindex import encode_volume
from triplicati.formats.dlist import encode_fileset, encode_list
from triplicati.formats.hashes import VOLUME_HASH, entry_name, hasher
from triplicati.formats.manifest import VolumeFormat, encode_manifest
from triplicati.formats.zip_writer import DEFLATED, ZipWriter

_SPOOL = 8 << 20


class Finished(msgspec.Struct, frozen=True):
    """A volume's file: what will be at the destination. `digest` is the SHA-256 of the remote bytes."""

    path: Path
    size: int
    digest: bytes


class VolumeWriting(msgspec.Struct, frozen=True):
    """How volumes are written: `encryption` is "", "aes" or "gpg"; `staging` the folder they are made in."""

    form: VolumeFormat
    encryption: str
    keys: Keys
    staging: Path
    level: int = DEFAULT_EFFORT


def write_dindex(
    writing: VolumeWriting,
    dblock: str,
    finished: Finished,
    blocks: tuple[bytes, Sequence[int]],
    lists: Sequence[tuple[bytes, bytes]],
) -> Finished:
    """Describes one dblock (spec/format.md 5.1). `blocks` are the joined digests and the sizes; `lists`
    are copied in under policy Full and empty under Lookup."""
    digest_size = hasher(writing.form.block_hash)().digest_size

    def fill(archive: ZipWriter) -> None:
        text = encode_volume(blocks[0], digest_size, blocks[1], finished.digest, finished.size)
        archive.add(f"vol/{dblock}".encode(), text, compressor(writing.level))
        for digest, content in lists:
            archive.add(b"list/" + entry_name(digest), content, None)

    return _write(writing, "dindex", fill)


def write_dlist(
    writing: VolumeWriting, elements: Iterable[bytes], control_files: Sequence[Path], *, full: bool
) -> Finished:
    """One version's list from its encoded elements (spec/format.md 3.1)."""
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL, dir=str(writing.staging)) as spool:
        packed, plain, crc = _deflate_into(spool, encode_list(elements), writing.level)
        spool.seek(0)

        def fill(archive: ZipWriter) -> None:
            compress = compressor(writing.level)
            archive.add(b"fileset", encode_fileset(full=full), compress)
            for file in control_files:
                archive.add(f"extra/{file.name}".encode(), file.read_bytes(), compress)
            archive.add_stream(b"filelist.json", DEFLATED, crc, _parts(spool), (packed, plain))

        return _write(writing, "dlist", fill)


def seal(writing: VolumeWriting, path: Path, kind: str) -> Finished:
    """Encrypts a plain container with gpg, in place of it."""
    target = path.with_suffix(".gpg")
    from triplicati.engine.gpg import encrypt_gpg  # noqa: PLC0415 - seldom needed

    encrypt_gpg(path, writing.keys, target, f"a new {kind} volume")
    path.unlink()
    running = hasher(VOLUME_HASH)()
    with target.open("rb") as file:
        for part in _parts(file):
            running.update(part)
    return Finished(target, target.stat().st_size, running.digest())


def _write(writing: VolumeWriting, kind: str, fill: Callable[[ZipWriter], None]) -> Finished:
    path = writing.staging / f"{secrets.token_hex(8)}.{kind}"
    sink = VolumeSink(path, writing.keys.passphrase if writing.encryption == "aes" else None)
    try:
        archive = ZipWriter(sink.write)
        archive.add(b"manifest", encode_manifest(writing.form, int(time.time())), compressor(writing.level))
        fill(archive)
        tail = archive.close()
    except BaseException:
        sink.abandon()
        raise
    size, digest = sink.close(tail)
    return seal(writing, path, kind) if writing.encryption == "gpg" else Finished(path, size, digest)


def _deflate_into(spool: IO[bytes], parts: Iterable[bytes], level: int) -> tuple[int, int, int]:
    """(packed bytes, plain bytes, CRC-32)"""
    stream = stream_compressor(level)
    plain = crc = 0
    for part in parts:
        plain += len(part)
        crc = crc32(part, crc)
        spool.write(stream.compress(part))
    spool.write(stream.flush())
    return spool.tell(), plain, crc


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(1 << 20):
        yield part
