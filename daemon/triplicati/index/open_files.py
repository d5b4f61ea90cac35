"""Which database files this process has open, for POSIX locks have a trap.

Closing any handle to a file drops all locks that the process has on it, those of SQLite too; another process
could then take the journal of a database away that is in use here. So nobody else opens such a file, and the
handle of a lock is kept for as long as any connection is on the file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

_Identity = tuple[int, int]


class _Use(msgspec.Struct):
    connections: int = 0
    written: bool = False
    handles: list[int] = msgspec.field(default_factory=list)


_uses: dict[_Identity, _Use] = {}


def is_open_here(path: Path) -> bool:
    return _identity(path) in _uses


def is_written_here(path: Path) -> bool:
    use = _uses.get(_identity(path) or (-1, -1))
    return use is not None and use.written


@contextmanager
def in_use(path: Path, handle: int | None = None) -> Iterator[None]:
    """While the body runs, the file counts as open here; with the `handle` of its lock, as written to.

    The handle is closed with the last use. Without a file there is nothing to count.
    """
    identity = _identity(path)
    if identity is None:
        yield
        return
    use = _uses.setdefault(identity, _Use())
    use.connections += 1
    if handle is not None:
        use.written = True
        use.handles.append(handle)
    try:
        yield
    finally:
        use.connections -= 1
        if handle is not None:
            use.written = False
            _unlock(handle)
        if not use.connections:
            del _uses[identity]
            for each in use.handles:
                os.close(each)


def _unlock(handle: int) -> None:
    """The next one may write, though the handle stays for a while."""
    if sys.platform == "win32":
        return
    import fcntl  # noqa: PLC0415 - absent there

    fcntl.flock(handle, fcntl.LOCK_UN)


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
