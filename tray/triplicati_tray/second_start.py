"""A second start of the tray, which opens the page of the first and ends (spec/server.md 1.7, 9)."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import trio

from triplicati.config.instance_lock import hand_over, instance_lock, take_words
from triplicati_tray.options import TrayOptions

_FOLDER = "tray"


def lock_folder(options: TrayOptions) -> Path:
    """One for each server that a tray can be for; below the data folder."""
    folder = options.folder.path / _FOLDER
    if options.url is None:
        return folder
    return folder / hashlib.sha256(options.url.encode()).hexdigest()[:16]


@contextlib.contextmanager
def tray_lock(folder: Path) -> Iterator[None]:
    """Held while the tray runs. Raises `OtherInstance`, `InstanceLockUnusable` and `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with instance_lock(folder):
        yield


async def knock(folder: Path) -> bool:
    """Asks the tray that runs to open its page. True when it has heard. Raises `InstanceLockUnusable`."""
    return await hand_over(folder, ["open"])


async def hear_knocks(folder: Path, heard: Callable[[], None], apart: float) -> NoReturn:
    """Calls `heard` for other starts; looks each `apart` seconds.

    Looks again and again: no signal reaches Python while a desktop has the main thread.
    """
    while True:
        await trio.sleep(apart)
        if take_words(folder):
            heard()
