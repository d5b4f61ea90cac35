"""A folder of this machine, or one mounted on it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import trio

from triplicati.errors import (
    DestinationError,
    DestinationFull,
    DestinationRefused,
    FolderMissing,
    RemoteFileMissing,
)
from triplicati.storage.destination import PART, RemoteFile, Upload, Write
from triplicati.values.urls import DestinationUrl

SCHEMES = ("file",)
OPTIONS = ()

# No volume name starts with a dot, so neither Duplicati nor we take this folder for one.
_STAGING = ".triplicati-staging"
_PARTIAL = ".triplicati-part-"

T = TypeVar("T")
# Inside the class, `list` is the method.
Listing = list[RemoteFile]


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> LocalFolder:
    return LocalFolder(Path(url.path))


class LocalFolder:
    """Puts are atomic: the data is on disk under another name before it gets its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

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
        await self._in_thread(lambda: self._folder.mkdir(parents=True, exist_ok=True), "")

    async def _in_thread(self, work: Callable[[], T], name: str) -> T:
        # A network mount can block for minutes in one system call; a stop must not wait for it.
        try:
            return await trio.to_thread.run_sync(work, abandon_on_cancel=True)
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
        if self.staging in upload.path.parents:
            _sync_file(upload.path)
            trio.from_thread.check_cancelled()  # else it would arrive after its operation has ended
            upload.path.rename(target)
        else:
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

    def _delete(self, name: str) -> None:
        (self._folder / name).unlink()
        _sync_folder(self._folder)

    def _test(self) -> None:
        probe = self._folder / f"{_PARTIAL}test"
        try:
            probe.write_bytes(b"test")
        finally:
            probe.unlink(missing_ok=True)


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
