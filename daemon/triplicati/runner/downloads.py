"""Files of a version for a browser: one, many as a zip file, or the beginning of one.

Whole files are restored to a folder for temporary files first, checked as any restore is; what is given has
no name there any more, so nothing is left behind however it ends.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, cast

import msgspec
import trio

from triplicati.engine.listing import Version, all_versions
from triplicati.engine.outcome import settled
from triplicati.engine.reading_head import find_file, read_head
from triplicati.engine.remote import Remote
from triplicati.engine.restore_places import free_room
from triplicati.engine.settings import RestoreSettings
from triplicati.engine.temporary import prefix
from triplicati.errors import (
    DiskFull,
    FileNotFetched,
    FileNotInVersion,
    InvalidValue,
    NoVersions,
    VersionNotFound,
    disk_error,
)
from triplicati.index.database import Database
from triplicati.messages.previews import FilePreview
from triplicati.messages.results import RestoreResult
from triplicati.messages.saved import SavedBackup
from triplicati.operations.looking import look_into
from triplicati.operations.order import Order
from triplicati.operations.restore import run_restore
from triplicati.runner.browsing import asked, look
from triplicati.runner.content_kinds import decoded, image_type
from triplicati.runner.daemon import Daemon
from triplicati.source.filters import FilterRule
from triplicati.source.names import stored_name
from triplicati.values.sizes import format_size

SHOWN_TEXT = 256 << 10
# Seconds that the end of the server waits for temporary files to go; the rest goes with a later start.
_REMOVAL = 10.0


class Download(msgspec.Struct):
    """`file` is open at its begin, of `size` bytes; who takes it closes it."""

    file: IO[bytes]
    size: int
    name: str


async def one_file(daemon: Daemon, backup: SavedBackup, path: str, number: int) -> Download:
    """Raises `VersionNotFound`, `FileNotInVersion`, `FileNotFetched`, and what a restore raises."""
    version = await look(daemon, backup, lambda database: _with_file(database, path, number))
    async with _restored(daemon, backup, version, [FilterRule(True, f"@{path}")], times=False) as folder:
        found = [each for each in folder.iterdir() if each.is_file() and not each.is_symlink()]
        if len(found) != 1:
            raise FileNotFetched(path=path, reason="it did not arrive")
        return _opened(found[0].open("rb"), _last_name(path))


async def zip_file(daemon: Daemon, backup: SavedBackup, paths: Sequence[str], number: int) -> Download:
    """Folders with all that is in them. Raises as `one_file` does, `EmptyRestoreOperation` where nothing of
    it is in the version."""
    if not any(path.strip() for path in paths):
        raise InvalidValue(value="", kind="list of paths", reason="at least one must be named")
    version = await look(daemon, backup, lambda database: _version(database, number))
    rules = [_rule(path) for path in paths if path.strip()]
    async with _restored(daemon, backup, version, rules, times=True) as folder:
        file = await trio.to_thread.run_sync(_zipped, folder)
    name = _last_name(paths[0].rstrip("/\\")) if len(paths) == 1 else backup.name
    return _opened(file, f"{name or 'files'}.zip")


async def file_preview(daemon: Daemon, backup: SavedBackup, path: str, number: int) -> FilePreview:
    """Only the volumes that hold the beginning are fetched. Raises as `one_file` does."""

    async def work(database: Database, remote: Remote) -> FilePreview:
        version = await _version(database, number)
        row = await find_file(database, version.fileset.id, path)
        if row is None:
            raise FileNotInVersion(path=path, version=number)
        head = await read_head(remote, database, row, SHOWN_TEXT)
        whole = len(head) == row.size
        if image := image_type(head):
            return FilePreview(path, row.size, image=image)
        text = decoded(head, whole=whole)
        if text is None:
            return FilePreview(path, row.size, binary=True)
        return FilePreview(path, row.size, *text, whole=whole)

    async with asked(daemon, backup, "Restore") as order:
        return await settled(lambda: look_into(order, work, only_paths=False, unlocked=True, kept=True))


async def _version(database: Database, number: int) -> Version:
    versions = await all_versions(database)
    if not versions:
        raise NoVersions
    if number >= len(versions):
        raise VersionNotFound(wanted=number, oldest=versions[-1].number)
    return versions[number]


async def _with_file(database: Database, path: str, number: int) -> Version:
    version = await _version(database, number)
    if await find_file(database, version.fileset.id, path) is None:
        raise FileNotInVersion(path=path, version=number)
    return version


def _rule(path: str) -> FilterRule:
    """Exactly that path, whatever its name would mean as a pattern."""
    return FilterRule(True, f"[{re.escape(path)}.*]" if path.endswith(("/", "\\")) else f"@{path}")


@asynccontextmanager
async def _restored(
    daemon: Daemon, backup: SavedBackup, version: Version, rules: Sequence[FilterRule], *, times: bool
) -> AsyncIterator[Path]:
    """A folder with these files of a version, which goes at the end. Raises `FileNotFetched` when one of
    them cannot be restored, and what a restore raises."""
    async with daemon.downloads, asked(daemon, backup, "Restore") as order:
        # Where the engine keeps its temporary files too: that room is what the user gave it.
        made = tempfile.TemporaryDirectory(prefix=prefix(), dir=order.values.text("tempdir") or None)
        async with _gone_at_the_end(made) as name:
            settings = RestoreSettings(
                time=version.fileset.stamp,
                rules=tuple(rules),
                target=Path(name) / "files",
                skip_metadata=not times,
                max_threads=1,
            )
            result = await settled(lambda: run_restore(order, settings))
            _check(order, result)
            yield Path(name) / "files"


@asynccontextmanager
async def _gone_at_the_end(folder: tempfile.TemporaryDirectory[str]) -> AsyncIterator[str]:
    """Its name. There may be a hundred thousand files to remove, which is work for a thread."""
    try:
        yield folder.name
    finally:
        with trio.move_on_after(_REMOVAL, shield=True):
            await trio.to_thread.run_sync(folder.cleanup, abandon_on_cancel=True)


def _check(order: Order, result: RestoreResult) -> None:
    if result.broken_files:
        first = result.broken_files[0]
        reasons = [text for text in map(str, result.errors) if first in text]
        raise FileNotFetched(path=first, reason=reasons[0] if reasons else "its content is not right")


def _zipped(folder: Path) -> IO[bytes]:
    """In a thread of trio. Raises `DiskFull`, `Cancelled`."""
    needed = sum(each.lstat().st_size for each in folder.rglob("*"))
    free = free_room(os.fsencode(folder))
    if needed > free:
        reason = f"the zip file needs up to {format_size(needed)} there and {format_size(free)} are free"
        raise DiskFull(path=str(folder.parent), reason=reason)
    file = cast("IO[bytes]", tempfile.TemporaryFile(dir=folder.parent))  # noqa: SIM115 - the caller closes it
    try:
        with zipfile.ZipFile(file, "w", compresslevel=1) as made:
            for each in sorted(folder.rglob("*")):
                trio.from_thread.check_cancelled()
                _add(made, each, stored_name(str(each.relative_to(folder))))
    except OSError as error:
        file.close()
        raise disk_error(error, str(folder.parent)) from error
    except BaseException:
        file.close()
        raise
    return file


def _add(made: zipfile.ZipFile, path: Path, name: str) -> None:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        # As other programs that pack a zip file do it: the content is where the link leads.
        info = zipfile.ZipInfo(name, time.localtime(max(status.st_mtime, 315_619_200))[:6])
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        made.writestr(info, os.fsencode(os.readlink(path)))
    elif stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
        info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
        if info.is_dir():
            made.writestr(info, b"")
            return
        info.compress_type = zipfile.ZIP_DEFLATED
        with path.open("rb") as source, made.open(info, "w") as packed:
            while part := source.read(1 << 20):
                trio.from_thread.check_cancelled()
                packed.write(part)


def _opened(file: IO[bytes], name: str) -> Download:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Download(file, size, name)


def _last_name(path: str) -> str:
    return re.split(r"[/\\]", path)[-1] if not path.startswith("/") else path.rpartition("/")[2]
