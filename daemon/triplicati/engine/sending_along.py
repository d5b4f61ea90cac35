"""Sends each volume of a backup to its further destinations too, while it is still here.

It only saves fetching them again: which volumes a copy has, and when it may have a list, is settled by
`mirroring`, after the backup. So nothing here is an error, and a copy that fails or falls behind is left to
that.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from triplicati.engine.connecting import is_local
from triplicati.engine.mirror_plan import belongs_to_another
from triplicati.engine.remote import Remote, one_of
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.temporary import free_bytes, prefix
from triplicati.errors import FolderMissing
from triplicati.errors.groups import plain_reason
from triplicati.formats.names import parse_name
from triplicati.storage.destination import Destination, Upload
from triplicati.storage.forwarding import Forwarding
from triplicati.storage.uploads import FileUpload

# Volumes that wait for one copy; what comes while so many wait is fetched again afterwards.
_WAITING = 8
# Of the free room of the folder they wait in.
_SHARE = 4

_Job = tuple[str, Path, int]


@asynccontextmanager
async def sending_along(
    remote: Remote, copies: Sequence[Remote], known: Collection[str]
) -> AsyncIterator[None]:
    """While it is open, volumes that `remote` gets go to `copies` as well, and at its end it waits for the
    last of them. `known` are the volumes that the backup had before.

    The files of a local destination stay at hand, so that there is nothing to send along.
    """
    if not copies or is_local(remote.destination):
        yield
        return
    original = remote.destination
    folder = Path(tempfile.mkdtemp(prefix=prefix(), dir=remote.keys.tempdir or None))
    try:
        async with trio.open_nursery() as nursery:
            along = _Along(original, folder)
            for number, copy in enumerate(copies):
                send, receive = trio.open_memory_channel[_Job](_WAITING)
                along.add(send)
                nursery.start_soon(_serve, copy, receive, known, number)
            remote.destination = along
            try:
                yield
            finally:
                remote.destination = original
                along.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _serve(
    copy: Remote, jobs: trio.MemoryReceiveChannel[_Job], known: Collection[str], number: int
) -> None:
    async with jobs:
        try:
            if not await _is_ours(copy, known):
                return
            async for name, path, size in jobs:
                try:
                    await _send(copy, name, path, size)
                finally:
                    path.unlink(missing_ok=True)
        except Exception as error:  # the backup itself goes on; the copy tells what fails for good
            reason = plain_reason(error)
            copy.report.message(f"A further destination ({number + 1}) gets its volumes later: {reason}")
        finally:
            _give_up(jobs)


def _give_up(jobs: trio.MemoryReceiveChannel[_Job]) -> None:
    """What waits takes room until the backup ends."""
    with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
        while True:
            jobs.receive_nowait()[1].unlink(missing_ok=True)


async def _is_ours(copy: Remote, known: Collection[str]) -> bool:
    try:
        there = {each.name for each in await copy.list()}
    except FolderMissing:
        return False
    return not belongs_to_another(known, there)


async def _send(copy: Remote, name: str, path: Path, size: int) -> None:
    moved = 0

    def sent(count: int) -> None:
        nonlocal moved
        moved += count
        copy.traffic.sent += count

    async def once() -> None:
        upload = FileUpload(path, size, sent)
        async with one_of(copy.uploads):
            await unless_stalled(
                name, copy.patience, lambda: copy.destination.put(name, upload), lambda: moved
            )

    await copy.tried(once)


class _Along(Forwarding):
    """The destination of the backup, which hands on what it has got."""

    def __init__(self, inner: Destination, folder: Path) -> None:
        super().__init__(inner)
        self._folder = folder
        self._copies: list[trio.MemorySendChannel[_Job]] = []

    def add(self, copy: trio.MemorySendChannel[_Job]) -> None:
        self._copies.append(copy)

    def close(self) -> None:
        for copy in self._copies:
            copy.close()

    async def put(self, name: str, upload: Upload) -> None:
        await super().put(name, upload)
        parsed = parse_name(name)
        if parsed is None or parsed.kind == "dlist":
            return  # a list may be there only when all that it needs is
        for number, copy in enumerate(self._copies):
            path = self._folder / f"{number}-{name}"
            if await trio.to_thread.run_sync(_kept, upload.path, path, upload.size):
                try:
                    copy.send_nowait((name, path, upload.size))
                except (trio.WouldBlock, trio.BrokenResourceError):
                    path.unlink(missing_ok=True)


def _kept(file: Path, path: Path, size: int) -> bool:
    """Links the file, or copies it where there is room on another disk."""
    try:
        os.link(file, path)
    except OSError:
        if size > free_bytes(path.parent) // _SHARE:
            return False
        with contextlib.suppress(OSError):
            shutil.copyfile(file, path)
            return True
        path.unlink(missing_ok=True)
        return False
    return True
