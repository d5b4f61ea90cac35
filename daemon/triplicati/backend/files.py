"""`triplicati backend` with one file, or with the folder as a whole (spec/cli.md 8)."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
import trio

from triplicati.backend.connecting import Connection
from triplicati.backend.screen import Screen
from triplicati.backend.transfers import get_file, put_file
from triplicati.errors import (
    DestinationCannot,
    LocalFileExists,
    LocalFileUnusable,
    RemoteNameTaken,
    UsageError,
    disk_error,
)
from triplicati.storage.abilities import Metered, Renaming, ability
from triplicati.storage.destination import RemoteFile
from triplicati.values.printable import printable
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local


async def list_files(connection: Connection, screen: Screen, *, json: bool) -> None:
    """A table with tabs between its columns, or JSON with times in Unix seconds."""
    found = sorted(await connection.destination.list(), key=lambda each: each.name)
    if json:
        rows = [{"Name": each.name, "Size": each.size, "LastChange": each.modified} for each in found]
        screen.say(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return
    screen.say("\n".join(["Name\tDir/File\tLastChange\tSize", *map(_row, found)]))


def _row(file: RemoteFile) -> str:
    """A name can break neither the line nor the columns."""
    name = printable(file.name).replace("\t", "\\x09")
    changed = "" if file.modified is None else format_local(int(file.modified))
    return f"{name}\tFile\t{changed}\t{format_size(file.size) if file.size >= 0 else ''}"


async def get(connection: Connection, screen: Screen, text: str) -> None:
    """To the path `text`, whose last part is the remote name, and nowhere else. The file has its name only
    when it is whole.

    Raises `LocalFileExists`, `LocalFileUnusable`, `DiskFull`, and what the destination raises.
    """
    target, name = Path(text), base_name(text)
    if await trio.to_thread.run_sync(os.path.lexists, target):
        raise LocalFileExists(path=target)
    partial = target.with_name(f".{name[:100]}.{os.getpid()}.part")
    moved = 0

    def note(count: int) -> None:
        nonlocal moved
        moved += count

    try:
        with await trio.to_thread.run_sync(_created, partial, target) as file:
            screen.watch(name, lambda: (moved, -1))
            await get_file(connection, name, _Writer(file, target), note)
            await trio.to_thread.run_sync(_finish, file, partial, target)
    finally:
        screen.unwatch()
        with suppress(OSError):
            partial.unlink()


def _created(partial: Path, target: Path) -> BinaryIO:
    try:
        return partial.open("xb")
    except OSError as error:
        raise LocalFileUnusable(path=target, reason=error.strerror) from None


class _Writer:
    """Takes parts in a thread; a full disk here is no fault of the destination."""

    def __init__(self, file: BinaryIO, target: Path) -> None:
        self._file = file
        self._target = target

    def __call__(self, part: bytes) -> None:
        trio.from_thread.check_cancelled()
        try:
            self._file.write(part)
        except OSError as error:
            raise disk_error(error, str(self._target)) from error


def _finish(file: BinaryIO, partial: Path, target: Path) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(partial, target)  # fails where the name is taken meanwhile, which a rename does not
        except FileExistsError:
            raise LocalFileExists(path=target) from None
        except OSError:  # a file system without links
            if os.path.lexists(target):
                raise LocalFileExists(path=target) from None
            partial.rename(target)
    except OSError as error:
        raise disk_error(error, str(target)) from error


async def put(connection: Connection, screen: Screen, text: str) -> None:
    """The file `text`, under the last part of its path; what has that name is replaced.

    Raises `LocalFileUnusable`, and what the destination raises.
    """
    path, name = Path(text), base_name(text)
    size = await trio.to_thread.run_sync(_size, path)
    moved = 0

    def note(count: int) -> None:
        nonlocal moved
        moved += count

    screen.watch(name, lambda: (moved, size))
    try:
        await put_file(connection, name, path, size, note)
    finally:
        screen.unwatch()


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except OSError as error:
        raise LocalFileUnusable(path=path, reason=error.strerror) from None
    if not stat.S_ISREG(found.st_mode):
        raise LocalFileUnusable(path=path, reason="it is no ordinary file")
    return found.st_size


async def delete(connection: Connection, text: str) -> None:
    await connection.destination.delete(base_name(text))


async def create_folder(connection: Connection) -> None:
    await connection.destination.create_folder()


async def rename(connection: Connection, old: str, new: str) -> None:
    """Raises `DestinationCannot`, `RemoteNameTaken`, and what the destination raises."""
    able = ability(connection.destination, Renaming)  # type: ignore[type-abstract]  # a protocol
    if able is None:
        raise DestinationCannot(url=connection.destination.display, what="rename files")
    for text in (old, new):
        if base_name(text) != text:
            raise UsageError(reason=f'"{text}" is no name of a file at the destination.')
    if any(each.name == new for each in await connection.destination.list()):
        raise RemoteNameTaken(name=new)
    await able.rename(old, new)


async def quota(connection: Connection, screen: Screen, *, json: bool) -> None:
    """Raises `DestinationCannot`."""
    able = ability(connection.destination, Metered)  # type: ignore[type-abstract]  # a protocol
    found = await able.quota() if able is not None else None
    if found is None:
        raise DestinationCannot(url=connection.destination.display, what="say how much room there is")
    if json:
        screen.say(msgspec.json.encode({"Total": found.total, "Free": found.free}).decode())
        return
    for label, size in (("Total", found.total), ("Free", found.free)):
        screen.say(f"{label}: {'not known' if size is None else format_size(size)}")


def base_name(text: str) -> str:
    """The last part of a path, which is all that ever goes to a destination. Raises `UsageError`."""
    name = os.path.basename(text.replace("\\", "/") if os.name == "nt" else text)
    if name in ("", ".", ".."):
        raise UsageError(reason=f'"{text}" names no file.')
    return name
