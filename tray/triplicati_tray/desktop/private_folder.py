"""Where the tray keeps what others must not change: code that is linked in, icons."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


def private_folder(name: str) -> Path:
    """A folder of this name in the user's cache, made where it is missing; nobody else can write to it.

    Raises `OSError`, `PermissionError` among them if it belongs to somebody else or is a link.
    """
    import platformdirs  # noqa: PLC0415 - slow to import

    base = platformdirs.user_cache_path("triplicati", appauthor=False)
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = base / name
    for each in (base, folder):
        each.mkdir(exist_ok=True, mode=0o700)
        _make_private(each)
    return folder


def _make_private(folder: Path) -> None:
    if sys.platform == "win32":
        # What a user has there is the user's already.
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is no folder of this user")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
