"""Several volumes on their way at once, for a new local database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import trio

from triplicati.engine.metering import ReadMeters
from triplicati.engine.opening import UNREADABLE, Expected
from triplicati.engine.remote import Remote
from triplicati.engine.temporary import free_bytes
from triplicati.errors import TriplicatiError
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import VolumeName
from triplicati.formats.zip_reader import ZipReader
from triplicati.storage.destination import RemoteFile
from triplicati.values.sizes import format_size

Listing = list[tuple[VolumeName, RemoteFile]]

AT_ONCE = 4
# Remote bytes of the volumes on their way, for each is decrypted in memory. One may have more.
_BYTES_AT_ONCE = 64 << 20
# Of the free room of the folder for temporary files: files take whole blocks, and others write there too.
_SHARE = 2


class Wanted(msgspec.Struct, frozen=True):
    """A volume to read, at `path` if it was fetched before."""

    name: str
    size: int
    id: int = 0
    path: Path | None = None


class Stage:
    """Volumes of one kind that are read, for the progress: `most` says that it may turn out to be fewer."""

    def __init__(self, remote: Remote, title: str, volumes: Iterable[Wanted], *, most: bool = False) -> None:
        sizes = [max(each.size, 0) for each in volumes]
        self._progress = remote.report.progress
        self._title = f"Recreating the local database: {title}"
        self._most = " at most" if most else ""
        remote.report.phase(self._title)
        self._progress.begin()
        self._progress.files_total, self._progress.bytes_total = len(sizes), sum(sizes)
        self._progress.counting = False
        self._tell()

    def done(self, volume: Wanted) -> None:
        self._progress.files_done += 1
        self._progress.bytes_done += max(volume.size, 0)
        self._tell()

    def _tell(self) -> None:
        progress = self._progress
        left = format_size(progress.bytes_total - progress.bytes_done)
        count = f"{progress.files_done} of {progress.files_total}"
        progress.phase = f"{self._title}: {count} ({left} left{self._most})"


class Reading(msgspec.Struct):
    """How the volumes of one stage are read. `work` is called with each open volume in a thread of its own,
    `failed` with each that is bad. `more` tells whether any further volume is wanted, `at_once` how many may
    be on their way."""

    remote: Remote
    form: VolumeFormat
    stage: Stage
    work: Callable[[Wanted, ZipReader], None]
    failed: Callable[[Wanted, TriplicatiError], None]
    more: Callable[[], bool] = lambda: True
    at_once: Callable[[], int] = lambda: AT_ONCE


class _Room:
    """For the volumes on their way: in memory, and in the folder that they are fetched into. A single one may
    always be on its way, and fails by itself where there is no room for it."""

    def __init__(self, remote: Remote) -> None:
        self._folder = Path(remote.keys.tempdir or tempfile.gettempdir())
        self._sizes: list[int] = []
        self._left = trio.Condition()

    async def enter(self, size: int, most: Callable[[], int]) -> None:
        async with self._left:
            while self._sizes and (len(self._sizes) >= most() or not await self._fits(size)):
                await self._left.wait()
            self._sizes.append(size)

    async def leave(self, size: int) -> None:
        async with self._left:
            self._sizes.remove(size)
            self._left.notify_all()

    async def _fits(self, size: int) -> bool:
        wanted = sum(self._sizes) + size
        if wanted > _BYTES_AT_ONCE:
            return False
        # Of those on their way nobody knows how much is written, so that they count whole.
        return wanted <= await trio.to_thread.run_sync(free_bytes, self._folder) // _SHARE


async def read_ahead(reading: Reading, volumes: Iterable[Wanted], *, in_turn: bool = False) -> None:
    """Starts the volumes in their order. With `in_turn` the work on one begins when that on all before it has
    ended, while the next ones are fetched and decrypted."""
    room, before = _Room(reading.remote), None
    async with trio.open_nursery() as nursery:

        async def one(volume: Wanted, before: trio.Event | None, done: trio.Event) -> None:
            await _read(reading, volume, before)
            done.set()
            reading.stage.done(volume)
            if not reading.more():
                nursery.cancel_scope.cancel()  # what else is on its way is fetched for nothing
            await room.leave(volume.size)

        for volume in volumes:
            await reading.remote.report.go_on()
            await room.enter(volume.size, reading.at_once)
            done = trio.Event()
            nursery.start_soon(one, volume, before if in_turn else None, done)
            before = done


async def _read(reading: Reading, volume: Wanted, before: trio.Event | None) -> None:
    remote = reading.remote
    meters = ReadMeters(remote.report.progress.meters)

    def work(reader: ZipReader) -> None:
        if before is not None:
            with meters.record.working():
                trio.from_thread.run(before.wait)
        reading.work(volume, reader)

    expected = Expected(size=volume.size, form=reading.form)
    with remote.report.progress.meters.member(ReadMeters.CREW):
        try:
            if volume.path is not None:
                await remote.read_fetched(volume.path, volume.name, expected, work, meters)
            else:
                await remote.read_volume(volume.name, expected, work, meters)
        except UNREADABLE as error:
            reading.failed(volume, error)
