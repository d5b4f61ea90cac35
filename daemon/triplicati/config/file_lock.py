"""Locks on files, which end with their process, however that ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO


def open_for_lock(path: Path) -> BinaryIO:
    """For reading and writing; what another process wrote there stays until the lock is ours. Raises
    `OSError`, also where the path is a symbolic link."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o600), "r+b")


if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes for readers too; beyond all content the rest stays readable.
    _FAR = 2**30

    def lock_file(file: BinaryIO) -> None:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
        finally:
            file.seek(0)

else:
    import fcntl

    def lock_file(file: BinaryIO) -> None:
        """Until the file is closed. Raises `BlockingIOError` when another process has it, and `OSError`."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
