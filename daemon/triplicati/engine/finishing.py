"""The last steps of a restore in a worker: larger files are checked and placed, links made, metadata
applied."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Protocol

from triplicati.engine.wire import FinishFile, Finishing, WriteSetup
from triplicati.errors import DiskFull, InvalidMetadata, disk_error
from triplicati.formats.hashes import hasher
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.formats.metadata import Kind, Metadata, decode_metadata
from triplicati.source.metadata.native import apply
from triplicati.source.names import name_bytes

_KINDS: tuple[Kind, Kind, Kind] = ("file", "folder", "symlink")


class Answer(Protocol):
    files: list[int]
    applied: list[int]
    failed: list[tuple[int, str]]
    warnings: list[tuple[int, str]]

    def progress(self) -> None: ...


def write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def refusal(error: OSError, target: bytes) -> str:
    """Why one entry cannot be restored. Raises `DiskFull`: then no other one could be either."""
    reason = error.strerror or str(error)
    if isinstance(disk_error(error, ""), DiskFull):
        raise DiskFull(path=os.fsdecode(target), reason=reason) from error
    return reason


def finish_file(job: FinishFile, setup: WriteSetup, answer: Answer) -> None:
    """Its hash is right or it does not get its place."""
    try:
        if setup.verify and _digest(job.partial, setup.form.file_hash) != job.digest:
            os.unlink(job.partial)
            answer.failed.append((job.id, "its content is not what the backup recorded (the hash differs)"))
            return
        if not setup.permissions:
            os.chmod(job.partial, 0o666 & ~_umask())
        os.replace(job.partial, job.target)
    except OSError as error:
        answer.failed.append((job.id, refusal(error, job.target)))
        return
    answer.files.append(job.id)


def apply_all(items: Sequence[Finishing], setup: WriteSetup, answer: Answer) -> None:
    """In the order given: the parent sends what is inside a folder before the folder."""
    for item in items:
        try:
            metadata = decode_metadata(item.blob) if item.blob else Metadata()
            _finish(item, metadata, setup, answer)
        except InvalidMetadata as error:
            answer.warnings.append((item.id, str(error)))
        except OSError as error:
            answer.failed.append((item.id, refusal(error, item.target)))
            continue
        answer.applied.append(item.id)
        answer.progress()


def _finish(item: Finishing, metadata: Metadata, setup: WriteSetup, answer: Answer) -> None:
    if item.kind == FOLDER:
        os.makedirs(item.target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(item.target), exist_ok=True)
    if item.kind == SYMLINK:
        _make_link(item, metadata)
    elif item.kind == FILE and (item.overwrites or not os.path.lexists(item.target)):
        # Empty, and its metadata lies nowhere that was read.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(item.target)
        os.close(
            os.open(item.target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if setup.permissions else 0o666)
        )
    problems = apply(
        item.target,
        _KINDS[item.kind],
        metadata,
        permissions=setup.permissions,
        symlink_metadata=setup.symlink_metadata,
    )
    answer.warnings.extend((item.id, text) for text in problems)


def _make_link(item: Finishing, metadata: Metadata) -> None:
    """Made last, when nothing more is written that could go through it."""
    target = metadata.raw_link_target or (name_bytes(metadata.link_target) if metadata.link_target else None)
    if target is None:
        raise OSError(0, "the target of the link is not known")
    aside = item.target + b".triplicati-link"
    os.symlink(target, aside)
    try:
        os.replace(aside, item.target)
    except OSError:
        os.unlink(aside)
        raise


def _digest(path: bytes, file_hash: str) -> bytes:
    running = hasher(file_hash)()
    with open(path, "rb", buffering=0) as file:
        while part := file.read(1 << 20):
            running.update(part)
    return running.digest()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
