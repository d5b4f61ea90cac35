"""One volume, from its file to what is wrong with it: a plain function for a thread of trio."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from time import perf_counter

import apsw
import msgspec
import trio

from triplicati.engine.opening import UNREADABLE, Expected, Keys, open_volume
from triplicati.engine.verify_content import Inside, check_dblock, check_dindex
from triplicati.engine.verify_lists import check_dlist
from triplicati.errors import (
    CorruptVolume,
    GpgFailed,
    TriplicatiError,
    WrongPassphrase,
)
from triplicati.formats.hashes import VOLUME_HASH, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.bulk import stoppable
from triplicati.index.volumes import VolumeRow
from triplicati.messages.results import Finding

_PART = 1 << 20
# So many findings of one volume are kept; more tell nothing new.
_MOST = 10_000


class VolumeJob(msgspec.Struct, frozen=True):
    """`content`: whether to look inside, at `all_blocks` or some; `manifests` and `hashes` (the volume's
    own): whether to compare them."""

    row: VolumeRow
    path: Path
    keys: Keys
    form: VolumeFormat
    content: bool
    all_blocks: bool
    manifests: bool
    hashes: bool
    counts: Mapping[int, int]

    def __repr__(self) -> str:
        return f"VolumeJob({self.row.name})"


class Looked(msgspec.Struct):
    """What was found, and how long it took to decrypt and to check, in seconds. `content`: whether it was
    opened. `readable` is False where nothing can be said of it."""

    findings: list[Finding] = msgspec.field(default_factory=list)
    size: int = -1
    digest: bytes = b""
    content: bool = False
    readable: bool = True
    decrypting: float = 0.0
    checking: float = 0.0

    @property
    def damaged(self) -> bool:
        return any(each.key != "Extra" for each in self.findings)


def look_at(connection: apsw.Connection, job: VolumeJob) -> Looked:
    """Raises what is no fault of the volume: `PassphraseNeeded`, `DiskFull`, and `WrongPassphrase` where the
    bytes are those that were uploaded."""
    looked, begin = Looked(content=job.content), perf_counter()
    try:
        looked.findings += _whole(job, looked)
        if not looked.findings and job.content:
            with stoppable(connection):
                looked.findings += islice(_inside(connection, job, looked), _MOST)
    except OSError as error:
        looked.readable = error.errno == errno.EIO
        reason = error.strerror or str(error)
        looked.findings.append(Finding("Error", f"it cannot be read: {reason}"))
    looked.checking = perf_counter() - begin - looked.decrypting
    return looked


def _whole(job: VolumeJob, looked: Looked) -> Iterator[Finding]:
    """Its size and hash."""
    row = job.row
    running, size = hasher(VOLUME_HASH)(), 0
    with job.path.open("rb", buffering=0) as file:
        while part := file.read(_PART):
            trio.from_thread.check_cancelled()
            running.update(part)
            size += len(part)
    looked.size, looked.digest = size, running.digest()
    if size != row.size >= 0:
        yield Finding("Error", f"it has {size} bytes instead of {row.size}")
    elif job.hashes and row.hash is not None and looked.digest != row.hash:
        yield Finding("Error", "its content is not what was uploaded (the hash differs)")


def _inside(connection: apsw.Connection, job: VolumeJob, looked: Looked) -> Iterator[Finding]:
    row = job.row
    expected = Expected(form=job.form if job.manifests else None)
    begin = perf_counter()
    try:
        with open_volume(job.path, row.name, job.keys, expected, trio.from_thread.check_cancelled) as reader:
            looked.decrypting = perf_counter() - begin
            inside = Inside(
                connection, reader, row, job.form, job.counts, job.all_blocks,
                trio.from_thread.check_cancelled,
            )
            check = {"dlist": check_dlist, "dindex": check_dindex, "dblock": check_dblock}[row.kind]
            yield from check(inside)
    except UNREADABLE as error:
        if isinstance(error, WrongPassphrase | GpgFailed) and row.hash == looked.digest:
            raise
        yield Finding("Error", reason_of(error))


def reason_of(error: TriplicatiError) -> str:
    """Without the name of the volume, which stands before it."""
    return str(error.details["reason"]) if isinstance(error, CorruptVolume) else str(error)
