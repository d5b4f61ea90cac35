"""The writing worker of a restore: opens a volume, checks its blocks, writes files aside and moves them into
place."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

from triplicati.engine.finishing import apply_all, finish_file, refusal, write_all
from triplicati.engine.opening import open_volume
from triplicati.engine.wire import (
    ApplyMetadata,
    FinishFile,
    WholeFile,
    Wire,
    WriteSetup,
    WriteVolume,
    Written,
)
from triplicati.errors import CorruptVolume, DiskFull, InvalidMetadata, TriplicatiError
from triplicati.formats.hashes import entry_name, hasher
from triplicati.formats.metadata import Metadata, decode_metadata
from triplicati.formats.zip_reader import ZipReader
from triplicati.source.metadata.native import apply

# Progress is told after this many files or bytes.
_FILES, _BYTES = 500, 32 << 20
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_BINARY", 0)


def write(wire: Wire, setup: WriteSetup) -> None:
    """The conversation: each job is answered with one or more `Written`."""
    while (message := wire.receive()) is not None:
        answer = Answer(wire)
        if isinstance(message, WriteVolume):
            _write_volume(message, setup, answer)
        elif isinstance(message, FinishFile):
            finish_file(message, setup, answer)
        elif isinstance(message, ApplyMetadata):
            apply_all(message.items, setup, answer)
        answer.send(last=True)


class Answer:
    """Collects what was done, and tells it now and then."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._since = perf_counter()
        self._clear()

    def _clear(self) -> None:
        self.files: list[int] = []
        self.applied: list[int] = []
        self.parts: list[int] = []
        self.blobs: list[tuple[int, int, bytes]] = []
        self.failed: list[tuple[int, str]] = []
        self.warnings: list[tuple[int, str]] = []
        self.written = 0
        self.decrypting = self.unpacking = 0.0

    def progress(self) -> None:
        if len(self.files) + len(self.applied) >= _FILES or self.written >= _BYTES:
            self.send(last=False)

    def send(self, *, last: bool) -> None:
        writing = perf_counter() - self._since - self.decrypting - self.unpacking
        self._wire.send(
            Written(
                self.files,
                self.applied,
                self.parts,
                self.blobs,
                self.failed,
                self.warnings,
                self.written,
                last,
                self.decrypting,
                self.unpacking,
                max(writing, 0.0),
            )
        )
        self._since = perf_counter()
        self._clear()


def _write_volume(job: WriteVolume, setup: WriteSetup, answer: Answer) -> None:
    try:
        since = perf_counter()
        with open_volume(Path(job.path), job.name, setup.keys, job.expected) as reader:
            answer.decrypting += perf_counter() - since
            blocks = _Blocks(reader, setup, job.name, answer)
            _write_files(job, blocks, setup, answer)
            _write_parts(job, blocks, setup, answer)
            _collect_blobs(job, blocks, answer)
    except DiskFull:
        raise
    except TriplicatiError as error:
        answer.failed.extend((file.id, str(error)) for file in job.files)
        answer.failed.extend((part.id, str(error)) for part in job.parts)
        # What has its content keeps it; a link, whose target is lost with this, fails later on.
        answer.warnings.extend((each.id, f"Its metadata could not be read: {error}") for each in job.blobs)


class _Blocks:
    """The blocks of an open volume."""

    def __init__(self, reader: ZipReader, setup: WriteSetup, name: str, answer: Answer) -> None:
        self._answer = answer
        self._reader = reader
        self._hash = hasher(setup.form.block_hash)
        self._name = name
        self._largest = setup.form.blocksize

    def read(self, digest: bytes, size: int, *, verify: bool = True) -> bytes:
        """Raises `CorruptVolume` unless the content is what its name says."""
        since = perf_counter()
        block = self._reader.read(entry_name(digest).decode(), self._largest)
        if (size >= 0 and len(block) != size) or (verify and self._hash(block).digest() != digest):
            raise CorruptVolume(name=self._name, reason="a block in it is not what its name says")
        self._answer.unpacking += perf_counter() - since
        return block


def _write_files(job: WriteVolume, blocks: _Blocks, setup: WriteSetup, answer: Answer) -> None:
    prefix = b".triplicati-%b-" % setup.nonce.encode()
    for file in job.files:
        try:
            content = b"" if file.digest is None else blocks.read(file.digest, file.size)
            metadata = None if file.metadata is None else _metadata(file, blocks, answer)
            _write_file(file, content, metadata, prefix, setup, answer)
        except TriplicatiError as error:
            answer.failed.append((file.id, str(error)))
            continue
        except OSError as error:
            answer.failed.append((file.id, refusal(error, file.target)))
            continue
        (answer.files if metadata is None else answer.applied).append(file.id)
        answer.written += file.size
        answer.progress()


def _metadata(file: WholeFile, blocks: _Blocks, answer: Answer) -> Metadata:
    try:
        return decode_metadata(blocks.read(file.metadata or b"", -1))
    except (CorruptVolume, InvalidMetadata) as error:
        answer.warnings.append((file.id, f"Its metadata could not be read: {error}"))
        return Metadata()


def _write_file(
    file: WholeFile,
    content: bytes,
    metadata: Metadata | None,
    prefix: bytes,
    setup: WriteSetup,
    answer: Answer,
) -> None:
    """Under another name first, so that the target is never half a file and never has foreign metadata."""
    folder = file.target[: file.target.rfind(b"/") + 1]
    aside = b"%b%b%d" % (folder, prefix, file.id)
    handle = _create(aside, folder, _first_mode(metadata, setup))
    try:
        try:
            write_all(handle, content)
        finally:
            os.close(handle)
        if metadata is not None:
            for text in apply(aside, "file", metadata, permissions=setup.permissions):
                answer.warnings.append((file.id, text))
        os.replace(aside, file.target)
    except BaseException:
        os.unlink(aside)
        raise


def _first_mode(metadata: Metadata | None, setup: WriteSetup) -> int:
    """What it will have in the end where that is known: nobody else reads it meanwhile, and it need not be
    changed afterwards."""
    if not setup.permissions:
        return 0o666
    return 0o600 if metadata is None or metadata.mode is None else metadata.mode


def _create(path: bytes, folder: bytes, mode: int) -> int:
    try:
        return os.open(path, _CREATE, mode)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        return os.open(path, _CREATE, mode)


def _write_parts(job: WriteVolume, blocks: _Blocks, setup: WriteSetup, answer: Answer) -> None:
    """A whole file is hashed before it gets its place, so its blocks are not hashed here as well, unless that
    is asked for."""
    each = setup.full_blocks or not setup.verify
    current, handle = -1, -1
    try:
        for part in job.parts:
            if part.id != current:
                if handle >= 0:
                    os.close(handle)
                handle = -1  # should the next open fail
                current, handle = part.id, os.open(job.partials[part.id], os.O_WRONLY | _NO_FOLLOW)
            try:
                block = blocks.read(part.digest, part.size, verify=each)
                os.lseek(handle, part.offset, os.SEEK_SET)
                write_all(handle, block)
            except TriplicatiError as error:
                answer.failed.append((part.id, str(error)))
                continue
            except OSError as error:
                answer.failed.append((part.id, refusal(error, job.partials[part.id])))
                continue
            answer.parts.append(part.id)
            answer.written += part.size
            answer.progress()
    finally:
        if handle >= 0:
            os.close(handle)


def _collect_blobs(job: WriteVolume, blocks: _Blocks, answer: Answer) -> None:
    for blob in job.blobs:
        try:
            answer.blobs.append((blob.id, blob.offset, blocks.read(blob.digest, -1)))
        except TriplicatiError as error:
            answer.warnings.append((blob.id, f"Its metadata could not be read: {error}"))
        if len(answer.blobs) >= _FILES:
            answer.send(last=False)
