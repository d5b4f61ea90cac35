"""What a drill brought back, compared with what was recorded and with the source: blocking code, for a thread
of trio."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping

import msgspec
import trio

from triplicati.engine.listed import NANOSECONDS
from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_queries import PLACED
from triplicati.engine.restore_targets import is_windows_path, posix_path
from triplicati.formats.hashes import hasher
from triplicati.formats.kinds import FILE
from triplicati.index.drills import FileChoice

_PART = 1 << 20
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Compared(msgspec.Struct):
    """Files and bytes as recorded; paths of the others with the reason; how many sources still have their
    recorded time and size, and the paths of those that differ all the same."""

    files: int = 0
    bytes: int = 0
    broken: list[tuple[str, str]] = msgspec.field(default_factory=list)
    sources: int = 0
    changed: list[str] = msgspec.field(default_factory=list)


def compare(plan: Plan, chosen: Mapping[str, FileChoice], file_hash: str) -> Compared:
    """Reads each restored file again from where it lies. `chosen` by path."""
    found = Compared(broken=plan.broken())
    for identity, path, _, size, digest, _ in list(plan.items(f"kind = {FILE} AND state = {PLACED}")):
        if _digest(plan.target_of(identity), file_hash) != digest:
            found.broken.append((path, "its content is not what the backup recorded (the hash differs)"))
            continue
        found.files += 1
        found.bytes += size
        source = _source_digest(chosen[path], file_hash)
        if source is not None:
            found.sources += 1
            if source != digest:
                found.changed.append(path)
    return found


def _source_digest(file: FileChoice, file_hash: str) -> bytes | None:
    """None for a source that is not there, cannot be read, or has another time or size, also while it is
    read."""
    if is_windows_path(file.path) is not (sys.platform == "win32"):
        return None
    source = os.fsencode(file.path) if sys.platform == "win32" else posix_path(file.path, file.raw)
    try:
        if not _as_recorded(os.lstat(source), file):
            return None
        digest = _digest(source, file_hash)
        return digest if _as_recorded(os.lstat(source), file) else None
    except OSError:
        return None


def _as_recorded(status: os.stat_result, file: FileChoice) -> bool:
    """A rebuilt database knows whole seconds only."""
    whole = file.mtime % NANOSECONDS == 0
    unit = NANOSECONDS if whole else 1
    same = status.st_mtime_ns // unit == file.mtime // unit
    return stat.S_ISREG(status.st_mode) and status.st_size == file.size and same


def _digest(path: bytes, file_hash: str) -> bytes:
    running = hasher(file_hash)()
    with open(os.open(path, _OPEN), "rb", buffering=0) as file:
        while part := file.read(_PART):
            trio.from_thread.check_cancelled()
            running.update(part)
    return running.digest()
