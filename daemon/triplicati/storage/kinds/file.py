"""A folder of this machine, or one mounted on it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import trio

from triplicati.errors import (
    DestinationError,
    DestinationFull,
    DestinationMarkerMissing,
    DestinationRefused,
    FolderMissing,
    RemoteFileMissing,
)
from triplicati.options.registry import REGISTRY
from triplicati.storage.abilities import Quota
from triplicati.storage.destination import PART, RemoteFile, Upload, Write
from triplicati.storage.kind_options import KindOptions
from triplicati.values.urls import DestinationUrl

SCHEMES = ("file",)
TITLE = "Local folder or drive"
OPTIONS = tuple(
    REGISTRY[name]
    for name in (
        "alternate-target-paths",
        "alternate-destination-marker",
        "use-move-for-put",
        "force-smb-authentication",
        "disable-length-verification",
        "disable-filename-sanitation",
    )
)

# No volume name starts with a dot, so neither Duplicati nor we take this folder for one.
_STAGING = ".triplicati-staging"
_PARTIAL = ".triplicati-part-"
# Seconds after which nobody writes to such a file any more.
_FORSAKEN = 2 * 86_400
_THREADS = 40

T = TypeVar("T")
# Inside the class, `list` is the method.
Listing = list[RemoteFile]


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> LocalFolder:
    asked = KindOptions(url, options, OPTIONS)
    marker = asked.text("alternate-destination-marker") or ""
    others = [Path(each) for each in asked.paths("alternate-target-paths", os.pathsep)]
    folder = _attached([Path(url.path), *others], marker) if others or marker else Path(url.path)
    return LocalFolder(folder, moves=asked.boolean("use-move-for-put"), marker=marker)


def _attached(folders: Sequence[Path], marker: str) -> Path:
    """The first that is there, and holds the marker where one is asked for; else the first of all, so that
    what is missing is told of it."""
    for folder in folders:
        if (folder / marker).is_file() if marker else folder.is_dir():
            return folder
    return folders[0]


class LocalFolder:
    """Puts are atomic: the data is on disk under another name before it gets its own.

    `moves`: files that nobody else needs are moved here where the disk is the same. `marker` is a file that
    the right folder holds; without it nothing is read or written.
    """

    def __init__(self, folder: Path, *, moves: bool = False, marker: str = "") -> None:
        self._folder = folder.absolute()
        self._moves = moves
        self._marker = marker
        # Its own, so that threads that a dead network mount holds up are not lacking elsewhere.
        self._threads = trio.CapacityLimiter(_THREADS)
        self._tidied = False

    @property
    def display(self) -> str:
        return f"file://{self._folder}"

    @property
    def staging(self) -> Path | None:
        return self._folder / _STAGING

    def local(self, name: str) -> Path | None:
        return self._folder / name

    async def list(self) -> list[RemoteFile]:
        return await self._in_thread(self._list, "")

    async def get(self, name: str, write: Write) -> None:
        await self._in_thread(lambda: self._get(name, write), name)

    async def put(self, name: str, upload: Upload) -> None:
        await self._in_thread(lambda: self._put(name, upload), name)

    async def delete(self, name: str) -> None:
        await self._in_thread(lambda: self._delete(name), name)

    async def test(self) -> None:
        await self._in_thread(self._test, "")

    async def create_folder(self) -> None:
        await self._in_thread(self._create, "")

    async def rename(self, name: str, new: str) -> None:
        await self._in_thread(lambda: self._rename(name, new), name)

    async def quota(self) -> Quota:
        found = await self._in_thread(lambda: shutil.disk_usage(self._folder), "")
        return Quota(found.total, found.free)

    async def get_part(self, name: str, start: int, length: int, write: Write) -> None:
        await self._in_thread(lambda: self._get_part(name, start, length, write), name)

    async def _in_thread(self, work: Callable[[], T], name: str) -> T:
        def checked() -> T:
            if self._marker and not (self._folder / self._marker).is_file():
                raise DestinationMarkerMissing(marker=self._marker, folder=self._folder)
            return work()

        # A network mount can block for minutes in one system call; a stop must not wait for it.
        try:
            return await trio.to_thread.run_sync(checked, abandon_on_cancel=True, limiter=self._threads)
        except OSError as error:
            raise self._explain(error, name) from error

    def _explain(self, error: OSError, name: str) -> DestinationError:
        if error.errno == errno.ENOENT:
            if name and self._folder.is_dir():
                return RemoteFileMissing(name=name)
            return FolderMissing(folder=self._folder)
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return DestinationRefused(path=self._folder / name, reason=error.strerror)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DestinationFull(name=name or self._folder, reason=error.strerror)
        return DestinationError(reason=f"{self._folder / name}: {error.strerror or error}")

    def _list(self) -> Listing:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                try:
                    info = entry.stat()
                except FileNotFoundError:  # a link to nowhere, or renamed meanwhile by a put
                    continue
                if stat.S_ISREG(info.st_mode):
                    found.append(RemoteFile(entry.name, info.st_size, info.st_mtime))
        return found

    def _get(self, name: str, write: Write) -> None:
        with (self._folder / name).open("rb", buffering=0) as file:
            while part := file.read(PART):
                trio.from_thread.check_cancelled()
                write(part)

    def _put(self, name: str, upload: Upload) -> None:
        target = self._folder / name
        staged = self.staging in upload.path.parents
        if (staged or (self._moves and upload.disposable)) and _moved(upload.path, target):
            pass
        else:
            self._tidy()
            partial = self._folder / (_PARTIAL + name)
            try:
                # Buffered, since a raw file takes less than it is given when the disk is full, in silence.
                with partial.open("wb") as file:
                    for part in upload.parts():
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                trio.from_thread.check_cancelled()
                partial.rename(target)
            finally:
                partial.unlink(missing_ok=True)
        _sync_folder(self._folder)

    def _tidy(self) -> None:
        """Takes away what puts left that were killed in the middle: names are new each time, so that no other
        one replaces it."""
        if self._tidied:
            return
        self._tidied = True
        until = time.time() - _FORSAKEN
        with os.scandir(self._folder) as entries:
            left = [entry for entry in entries if entry.name.startswith(_PARTIAL)]
        for entry in left:
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_mtime < until:
                    Path(entry.path).unlink()

    def _create(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def _rename(self, name: str, new: str) -> None:
        (self._folder / name).rename(self._folder / new)
        _sync_folder(self._folder)

    def _get_part(self, name: str, start: int, length: int, write: Write) -> None:
        with (self._folder / name).open("rb", buffering=0) as file:
            file.seek(start)
            while length > 0 and (part := file.read(min(PART, length))):
                trio.from_thread.check_cancelled()
                write(part)
                length -= len(part)

    def _delete(self, name: str) -> None:
        (self._folder / name).unlink()
        _sync_folder(self._folder)

    def _test(self) -> None:
        probe = self._folder / f"{_PARTIAL}test"
        try:
            probe.write_bytes(b"test")
        finally:
            probe.unlink(missing_ok=True)


def _moved(path: Path, target: Path) -> bool:
    """False where it lies on another disk and has to be copied."""
    _sync_file(path)
    trio.from_thread.check_cancelled()  # else it would arrive after its operation has ended
    try:
        path.rename(target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            return False
        raise
    return True


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
