"""Scratch files: their names, what a killed run left of them, and the room there is."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from triplicati.errors import InvalidValue

# A process that shares this folder, but not the process numbers, as in a container, looks as if it were gone.
_OLD_ENOUGH = 86_400.0  # seconds
_OURS = re.compile(r"triplicati-tmp-([0-9]+)-")


def prefix() -> str:
    """For the names of scratch files: tells whose they are."""
    return f"triplicati-tmp-{os.getpid()}-"


def checked_tempdir(text: str) -> str:
    """A usable folder for scratch files. Raises `InvalidValue` before anything is done there."""
    folder = Path(text)
    reason = ""
    if not folder.is_dir():
        reason = "there is no such folder; create it or choose another"
    elif not os.access(folder, os.W_OK | os.X_OK):
        reason = "it cannot be written to; choose another"
    if reason:
        raise InvalidValue(value=text, kind="--tempdir", reason=reason)
    return str(folder.absolute())


def remove_stale(folder: str | None) -> int:
    """Removes what processes of this user that are gone left behind a day ago or more; returns how many files
    and folders."""
    removed = 0
    latest = time.time() - _OLD_ENOUGH
    with contextlib.suppress(OSError), os.scandir(folder or tempfile.gettempdir()) as entries:
        for entry in entries:
            match = _OURS.match(entry.name)
            if match is None or _alive(int(match[1])):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if status.st_mtime > latest or not _is_ours(status):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path)
                else:
                    os.unlink(entry.path)
                removed += 1
    return removed


def fitting(free: int, volume_size: int, workers: int, uploads: int) -> tuple[int, int]:
    """How many workers and uploads there may be so that their volumes fit into `free` bytes of scratch room;
    one of each at least. All sizes in bytes.

    Each worker and each upload holds one volume, and one more waits between them.
    """
    room = max(free // volume_size - 1, 0)
    uploads = max(1, min(uploads, room // 2))
    return max(1, min(workers, room - uploads)), uploads


def free_bytes(folder: Path) -> int:
    """Of the nearest folder that exists; a very large number where it cannot be known."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 1 << 62


def _is_ours(status: os.stat_result) -> bool:
    return sys.platform == "win32" or status.st_uid == os.geteuid()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
