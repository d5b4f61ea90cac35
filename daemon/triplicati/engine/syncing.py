"""Mirrors plain files to a destination: what differs is sent, and what an earlier run has put there and the
source no longer has may be deleted (spec/cli.md 1.3, 5.1).

A file keeps its path below the folder that all sources have in common; each folder of the source is a folder
of the destination. Files that no run has put there are never touched, unless the source has one of the name.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import trio

from triplicati.engine.remote import Remote
from triplicati.engine.settings import BackupSettings
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.stopping import StopRequest
from triplicati.engine.sync_folders import Folders
from triplicati.engine.walking import plan_walk, start_walk
from triplicati.errors import UsageError
from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index.sync_state import Sent, SyncState
from triplicati.messages.progress import Event, Report
from triplicati.messages.results import SyncResult
from triplicati.source.names import stored_name
from triplicati.source.rules import Found
from triplicati.storage.destination import PART, RemoteFile

_TOGETHER = 200
# All else that is warned of while the source is gone through means that it was not seen whole.
_HARMLESS = frozenset({"EscapedName", "SymlinkLoop", "DuplicatePath"})

Trust = Literal["UseRemoteState", "UseLocalState", "BlindlyUpload"]


class SyncSettings(msgspec.Struct, frozen=True):
    """`walk` says what is looked at. `trust` is where it is learned what the destination has; with `hashes`
    contents count too, not only sizes and times."""

    walk: BackupSettings
    trust: Trust = "UseRemoteState"
    deletes: bool = False
    hashes: bool = False
    dry_run: bool = False


class _File(msgspec.Struct, frozen=True):
    """`path` at the destination; `location` for the os module."""

    path: str
    location: str
    size: int
    mtime: int


Batch = tuple[list[_File], list[str]]
"""Files, and folders by their paths at the destination"""


async def sync(
    open_folder: Callable[[str], Remote],
    settings: SyncSettings,
    state: SyncState,
    report: Report,
    stop: StopRequest,
) -> SyncResult:
    """`open_folder` gives the destination of a folder by its path there, "" for the outermost.

    Raises what `plan_walk`, the destination and the state raise.
    """
    result = SyncResult(main_operation="Sync", begin_time=time.time(), dryrun=settings.dry_run)
    top = open_folder("")
    staged = top.destination.staging
    seeing = _Seeing(report)
    plan = plan_walk(
        settings.walk, seeing, database=state.path, destination=staged.parent if staged is not None else None
    )
    folders = Folders(open_folder, result, dry_run=settings.dry_run)
    run = _Run(settings, state, folders, report, result, stop)
    base = common_folder(settings.walk.sources)
    report.phase("Scanning source files ...")
    walk = start_walk(plan, seeing, marks="all" if settings.walk.exclusion_marks else "none")
    send, receive = trio.open_memory_channel[Batch](2)

    def in_thread() -> None:
        for batch in _batches(walk.found, base, run.passed_over):
            trio.from_thread.run(send.send, batch)
            if stop.wanted:
                return

    async def look() -> None:
        async with send:
            await trio.to_thread.run_sync(in_thread)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        async with receive:
            async for files, empty in receive:
                await run.take(files, empty)
    run.tell_passed_over()
    if not stop.wanted:
        await _conclude(run, state, report, deletes=settings.deletes, whole=seeing.whole)
    result.interrupted = bool(stop.wanted)
    result.warnings, result.errors, result.end_time = report.warnings, report.errors, time.time()
    return result


def common_folder(sources: Sequence[str]) -> str:
    """The stored path of the folder below which every source keeps its path: of one folder itself. Raises
    `UsageError` where there is none."""
    paths = [os.path.abspath(source) for source in sources]
    try:
        folder = os.path.commonpath(paths)
    except ValueError:
        reason = "The sources lie on different drives: mirror each of them by itself."
        raise UsageError(reason=reason) from None
    if folder in paths and not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return stored_name(folder).rstrip("/") + "/"


def _batches(found: Iterable[Found], base: str, passed_over: Callable[[str], object]) -> Iterator[Batch]:
    files: list[_File] = []
    folders: list[str] = []
    for path, location, kind, status, raw in found:
        relative = path.removeprefix(base)
        if kind == FILE and raw is None:
            files.append(_File(relative, location, status.st_size, status.st_mtime_ns))
        elif kind == FOLDER:
            folders.append(relative.rstrip("/") if path != base else "")
        else:
            passed_over(path)
        if len(files) + len(folders) >= _TOGETHER:
            yield files, folders
            files, folders = [], []
    yield files, folders


class _Seeing(Report):
    """Hands on to another report; `whole` tells whether everything in the source was seen. What was not may
    still be there, whether anybody wants to hear of it or not."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report
        self.whole = True

    def message(self, text: str, level: str = "Information") -> None:
        self._report.message(text, level)

    def warning(self, id: str, text: str, path: str = "") -> None:
        self.whole = self.whole and id in _HARMLESS
        self._report.warning(id, text, path)


async def _conclude(run: _Run, state: SyncState, report: Report, *, deletes: bool, whole: bool) -> None:
    """Deletes what the source no longer has, or says how much it is."""
    if deletes and not whole:
        report.warning(
            "NothingDeleted",
            "Some of the source could not be read, so nothing was deleted at the destination.",
        )
    left, after = 0, ""
    while gone := await state.gone(after):
        after = gone[-1].path
        if deletes and whole:
            await run.delete(gone)
        else:
            left += len(gone)
    if left and whole:
        report.message(
            f"{left} file(s) at the destination are no longer in the source; --sync-then-delete deletes them."
        )


class _Run:
    def __init__(
        self,
        settings: SyncSettings,
        state: SyncState,
        folders: Folders,
        report: Report,
        result: SyncResult,
        stop: StopRequest,
    ) -> None:
        self._stop = stop
        self._settings = settings
        self._state = state
        self._folders = folders
        self._report = report
        self._result = result
        self._passed_over: list[str] = []

    def passed_over(self, path: str) -> None:
        if len(self._passed_over) < _TOGETHER:
            self._passed_over.append(path)

    def tell_passed_over(self) -> None:
        if self._passed_over:
            count = f"{len(self._passed_over)}{' or more' if len(self._passed_over) == _TOGETHER else ''}"
            self._report.message(
                f"{count} link(s) or names that are no text were left out, for example"
                f" {self._passed_over[0]}. --symlink-policy=Follow takes what links lead to."
            )

    async def take(self, files: Sequence[_File], folders: Sequence[str]) -> None:
        """One batch of what is in the source."""
        looks = self._settings.trust == "UseRemoteState"
        known = await self._state.known([each.path for each in files])
        same: list[str] = []
        self._report.progress.files_total += len(files)
        self._report.progress.bytes_total += sum(each.size for each in files)
        for folder in folders if looks else ():
            await self._folders.listed(folder)
        for file in files:
            await self._report.go_on()
            if self._stop.wanted:
                break
            self._result.source_files += 1
            self._result.size_of_source_files += file.size
            if await self._is_there(file, known.get(file.path)):
                self._result.unchanged_files += 1
                same.append(file.path)
            else:
                await self._send(file)
            self._report.progress.files_done += 1
            self._report.progress.bytes_done += file.size
        await self._state.mark(same)

    async def _is_there(self, file: _File, sent: Sent | None) -> bool:
        if self._settings.trust == "BlindlyUpload":
            return False
        unchanged = sent is not None and (sent.size, sent.mtime) == (file.size, file.mtime)
        if sent is not None and unchanged and self._settings.hashes:
            unchanged = sent.digest is not None and await _digest(file.location) == sent.digest
        if self._settings.trust == "UseLocalState":
            return unchanged
        folder, name = posixpath.split(file.path)
        there = (await self._folders.listed(folder)).get(name)
        if there is None or there.size not in (-1, file.size):
            return False
        return unchanged or (sent is None and await self._is_alike(file, there))

    async def _is_alike(self, file: _File, there: RemoteFile) -> bool:
        """Of one that no run has put there, or that nobody remembers: it stays, and is not ours to delete."""
        if self._settings.hashes:
            remote = self._folders.remote(posixpath.dirname(file.path))
            async with remote.fetched(there.name, there.size) as path:
                alike = await _digest(str(path)) == await _digest(file.location)
        else:
            alike = there.modified is not None and int(there.modified) >= file.mtime // 1_000_000_000
        if alike and not self._settings.dry_run:
            await self._state.record([Sent(file.path, file.size, file.mtime, None, ours=False)])
        return alike

    async def _send(self, file: _File) -> None:
        result = self._result
        if not await trio.to_thread.run_sync(os.access, file.location, os.R_OK):
            result.files_with_error += 1
            self._report.warning(
                "FileAccessError", f"{file.location} could not be read and was not sent.", file.location
            )
            await self._state.mark([file.path])
            return
        if self._settings.dry_run:
            self._report.message(f"Would send {file.path}.", "DryRun")
        else:
            digest = await self._put(file)
            await self._state.record([Sent(file.path, file.size, file.mtime, digest)])
        result.files_uploaded += 1
        result.size_of_uploaded_files += file.size

    async def _put(self, file: _File) -> bytes:
        folder, name = posixpath.split(file.path)
        if self._settings.trust != "UseRemoteState":
            await self._folders.make(folder)
        remote, moved = self._folders.remote(folder), 0

        def count(size: int) -> None:
            nonlocal moved
            moved += size

        async def once() -> bytes:
            self._report.event(Event("upload", file.path, file.size))
            upload = _HashedUpload(Path(file.location), file.size, count)
            await unless_stalled(
                name, remote.patience, lambda: remote.destination.put(name, upload), lambda: moved
            )
            return upload.digest()

        return await remote.tried(once)

    async def delete(self, gone: Sequence[Sent]) -> None:
        for each in gone:
            await self._report.go_on()
            folder, name = posixpath.split(each.path)
            if self._settings.dry_run:
                self._report.message(f"Would delete {each.path}.", "DryRun")
            else:
                await self._folders.delete(folder, name, each.size)
            self._result.files_deleted += 1
            self._result.size_of_deleted_files += each.size
        if not self._settings.dry_run:
            await self._state.forget([each.path for each in gone])


class _HashedUpload:
    """A file of the source on its way; `digest` is of what was read the last time."""

    disposable = False

    def __init__(self, path: Path, size: int, sent: Callable[[int], object]) -> None:
        self.path = path
        self.size = size
        self._sent = sent
        self._running = hashlib.sha256()

    def parts(self) -> Iterator[bytes]:
        self._running = hashlib.sha256()
        with self.path.open("rb") as file:
            while part := file.read(PART):
                trio.from_thread.check_cancelled()
                self._running.update(part)
                yield part
                self._sent(len(part))

    def digest(self) -> bytes:
        return self._running.digest()


async def _digest(location: str) -> bytes | None:
    """None for a file that cannot be read."""

    def read() -> bytes | None:
        running = hashlib.sha256()
        try:
            with open(location, "rb") as file:
                while part := file.read(PART):
                    trio.from_thread.check_cancelled()
                    running.update(part)
        except OSError:
            return None
        return running.digest()

    return await trio.to_thread.run_sync(read)
