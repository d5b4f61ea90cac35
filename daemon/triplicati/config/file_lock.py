"""Locks on files, which end with their process, however that ends."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO

_SAFE = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
# Who only looks has a lock for some microseconds; a computer may put it to sleep just then.
_LOOKS, _APART = 200, 0.01


def open_for_lock(path: Path, *, create: bool = True) -> BinaryIO:
    """For reading and writing; what another process wrote there stays until the lock is ours. Raises
    `OSError`, also where the path is a symbolic link, a pipe or the like, or another name of some file: it is
    to be emptied."""
    handle = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0) | _SAFE, 0o600)
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(handle)
        raise OSError(errno.EINVAL, "It is not a file of its own", str(path))
    return os.fdopen(handle, "r+b")


if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes for readers too; beyond all content the rest stays readable.
    _FAR = 2**30

    def lock_file(file: BinaryIO) -> None:
        for tries_left in reversed(range(20)):
            try:
                _far(file, msvcrt.LK_NBLCK)
            except PermissionError as error:
                if not tries_left:
                    raise BlockingIOError from error
                time.sleep(_APART)
            else:
                return

    def is_locked(file: BinaryIO) -> bool:
        try:
            _far(file, msvcrt.LK_NBLCK)
        except PermissionError:
            return True
        _far(file, msvcrt.LK_UNLCK)
        return False

    def _far(file: BinaryIO, mode: int) -> None:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), mode, 1)
        finally:
            file.seek(0)

else:
    import fcntl

    def lock_file(file: BinaryIO) -> None:
        """Until the file is closed. Raises `BlockingIOError` when another process has it, and `OSError`.

        Who looks by `is_locked` at this moment is no owner, and is waited for.
        """
        for _ in range(_LOOKS):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if is_locked(file):
                    raise
                time.sleep(_APART)
            else:
                return
        raise BlockingIOError

    def is_locked(file: BinaryIO) -> bool:
        """Whether another process has the lock; ours, if there is one, is given up. Raises `OSError`."""
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False
