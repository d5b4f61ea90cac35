"""Where finished volumes wait for their upload."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from triplicati.errors import DestinationRefused, disk_error
from triplicati.storage.destination import Destination


@asynccontextmanager
async def staging_folder(destination: Destination, wanted: str | None, identity: str) -> AsyncIterator[Path]:
    """A folder of our own, empty: `wanted` where the user chose one, else at the destination itself if
    volumes can be moved into place there, else among the temporary files.

    `identity` is the same in every run of a backup, so that what a killed run left is removed by the next.
    """
    if wanted is None and destination.staging is not None:
        folder = destination.staging / identity
    else:
        folder = Path(wanted or tempfile.gettempdir()) / f"triplicati-{identity}"
    await trio.to_thread.run_sync(_make_empty, folder)
    try:
        yield folder
    finally:
        with trio.CancelScope(shield=True), trio.move_on_after(1):
            await trio.to_thread.run_sync(_remove, folder, destination.staging)


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except PermissionError as error:
        raise DestinationRefused(path=folder, reason=error.strerror) from error
    except OSError as error:
        raise disk_error(error, str(folder)) from error


def _remove(folder: Path, parent: Path | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if parent is not None and folder.parent == parent:
        with contextlib.suppress(OSError):  # another backup may be using it
            parent.rmdir()
