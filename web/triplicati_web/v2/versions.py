"""Versions and files of a backup, paged (spec/server.md 3.15)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

from triplicati.engine.listing import Version, accepting, all_versions, separator
from triplicati.engine.looking import list_folder, list_roots, search, versions_of_paths
from triplicati.errors import InvalidValue
from triplicati.index.database import Database
from triplicati.messages.api_backups import TaskStarted
from triplicati.messages.api_envelope import Envelope, PagedEnvelope, page_info
from triplicati.messages.api_files import (
    BrokenFile,
    BrokenFileset,
    BrokenFilesInput,
    DeleteVersionsInput,
    FilesetEntry,
    FilesetsInput,
    FolderInput,
    FolderRow,
    FoundRow,
    OfBackup,
    ReencryptInput,
    SearchInput,
    SetLocksInput,
    VersionRow,
    VersionsInput,
)
from triplicati.messages.results import FilesOfVersion, FileVersion, FolderEntry
from triplicati.runner.browsing import broken_of, look, version_at, versions_of
from triplicati.runner.daemon import Daemon
from triplicati.runner.reencrypting import note_new_encryption
from triplicati.values.stamps import format_stamp
from triplicati_web.routing import Call, Route

T = TypeVar("T")
Row = TypeVar("Row")
_TAG = "files"
_PAGE_SIZE = 1000
_MOST = 2**31 - 1


class Page(Generic[T]):
    """Keeps one page of what is given to it, and counts all of it."""

    def __init__(self, page: int | None, page_size: int | None) -> None:
        """`page_size` 0 is no limit. Raises `InvalidValue`."""
        self.number = page or 0
        self.size = _PAGE_SIZE if page_size is None else page_size
        for each in (self.number, self.size):
            if not 0 <= each <= _MOST:
                raise InvalidValue(value=each, kind="page", reason=f"it must be from 0 to {_MOST}")
        self.total = 0
        self.found: list[T] = []

    def take(self, some: list[T]) -> None:
        first = self.number * self.size
        begin = max(first - self.total, 0)
        end = max(first + self.size - self.total, 0) if self.size else len(some)
        self.found += some[begin:end]
        self.total += len(some)

    def answer(self, row: Callable[[T], Row]) -> PagedEnvelope[Row]:
        info = page_info(self.number, self.size, self.total)
        return PagedEnvelope([row(each) for each in self.found], info)


async def filesets(call: Call) -> Envelope[list[FilesetEntry]]:
    daemon: Daemon = call.daemon
    wanted: FilesetsInput = call.body
    backup = await daemon.backup(wanted.backup_id)
    remote = wanted.force_remote_listing
    found = await versions_of(daemon, backup, remote=backup.temporary if remote is None else remote)
    return Envelope(
        [
            FilesetEntry(each.number, moment(each.time), each.full, each.files, each.size, each.damaged)
            for each in found
        ]
    )


async def folder(call: Call) -> PagedEnvelope[FolderRow]:
    daemon: Daemon = call.daemon
    wanted: FolderInput = call.body
    page = Page[FolderEntry](wanted.page, wanted.page_size)

    async def work(database: Database) -> None:
        version = version_at(await all_versions(database), wanted.time)
        if not wanted.paths:
            page.take(await list_roots(database, version))
        for path in wanted.paths or ():
            await list_folder(database, version, path, page.take)

    await look(daemon, await daemon.backup(wanted.backup_id), work)
    return page.answer(_folder_row)


async def versions(call: Call) -> PagedEnvelope[VersionRow]:
    daemon: Daemon = call.daemon
    wanted: VersionsInput = call.body
    page = Page[FileVersion](wanted.page, wanted.page_size)

    async def work(database: Database) -> None:
        page.take(await versions_of_paths(database, await all_versions(database), wanted.paths or ()))

    await look(daemon, await daemon.backup(wanted.backup_id), work)
    return page.answer(_version_row)


async def find(call: Call) -> PagedEnvelope[FoundRow]:
    daemon: Daemon = call.daemon
    wanted: SearchInput = call.body
    page = Page[FileVersion](wanted.page, wanted.page_size)

    async def work(database: Database) -> None:
        accepts = accepting(
            [each for each in wanted.filters or () if each],
            (),
            case_sensitive=bool(wanted.case_sensitive_search),
            separator=await separator(database),
        )
        chosen = _chosen(await all_versions(database), wanted)
        await search(database, chosen, wanted.paths or (), accepts, page.take)

    await look(daemon, await daemon.backup(wanted.backup_id), work)
    return page.answer(_found_row)


async def purge_broken_files(call: Call) -> TaskStarted:
    daemon: Daemon = call.daemon
    return TaskStarted((await daemon.start(call.body.backup_id, "PurgeBrokenFiles")).id)


async def list_broken_files(call: Call) -> Envelope[list[BrokenFileset]]:
    daemon: Daemon = call.daemon
    found = (await broken_of(daemon, await daemon.backup(call.body.backup_id))).broken_files
    return Envelope([_broken_fileset(each) for each in found])


async def delete_versions(call: Call) -> TaskStarted:
    daemon: Daemon = call.daemon
    wanted: DeleteVersionsInput = call.body
    if not (wanted.versions or wanted.times):
        raise InvalidValue(value="", kind="list of versions", reason="at least one must be named")
    extra: dict[str, str | None] = {"version": ",".join(map(str, wanted.versions or ()))}
    if wanted.times:
        extra["version-times"] = ",".join(format_stamp(round(each.timestamp())) for each in wanted.times)
    if wanted.allow_full_removal:
        extra["allow-full-removal"] = "true"
    if wanted.suppress_compact:
        extra["no-auto-compact"] = "true"
    return TaskStarted((await daemon.start(wanted.backup_id, "DeleteVersions", extra=extra)).id)


async def set_locks(call: Call) -> TaskStarted:
    daemon: Daemon = call.daemon
    wanted: SetLocksInput = call.body
    extra: dict[str, str | None] = {"all-versions": "true"}
    if wanted.versions:
        extra = {"version": ",".join(map(str, wanted.versions))}
    if wanted.duration:
        extra["remote-file-lock-duration"] = wanted.duration
    return TaskStarted((await daemon.start(wanted.backup_id, "SetLocks", extra=extra)).id)


async def read_lock_info(call: Call) -> TaskStarted:
    daemon: Daemon = call.daemon
    return TaskStarted((await daemon.start(call.body.backup_id, "ReadLockInfo")).id)


async def reencrypt(call: Call) -> TaskStarted:
    daemon: Daemon = call.daemon
    wanted: ReencryptInput = call.body
    backup = await daemon.backup(wanted.backup_id)
    await note_new_encryption(daemon.store, backup, wanted.new_passphrase, wanted.encryption)
    return TaskStarted((await daemon.start(backup.id, "ReEncrypt")).id)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _chosen(found: list[Version], wanted: SearchInput) -> list[Version]:
    if wanted.version:
        return [each for each in found if each.number in wanted.version]
    return [version_at(found, wanted.time)] if (wanted.time or "").strip() else found


def _broken_fileset(version: FilesOfVersion) -> BrokenFileset:
    files = [BrokenFile(each.path, each.size) for each in version.files]
    return BrokenFileset(version.number, moment(version.time), files)


def _folder_row(each: FolderEntry) -> FolderRow:
    return FolderRow(
        each.path,
        max(each.size, 0),
        each.is_directory,
        each.is_symlink,
        _modified(each.last_modified),
    )


def _version_row(each: FileVersion) -> VersionRow:
    return VersionRow(*_version_facts(each))


def _found_row(each: FileVersion) -> FoundRow:
    return FoundRow(*_version_facts(each))


def _version_facts(each: FileVersion) -> tuple[int, datetime, str, int, bool, bool, datetime | None]:
    return (
        each.version,
        moment(each.time),
        each.path,
        max(each.size, 0),
        each.is_directory,
        each.is_symlink,
        _modified(each.last_modified),
    )


def _modified(seconds: int) -> datetime | None:
    """None where it is not known, and for times that only a file can have."""
    try:
        return moment(seconds) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


ROUTES = (
    Route(
        "POST",
        "/api/v2/backup/list-filesets",
        filesets,
        "The versions of a backup, newest first",
        _TAG,
        body=FilesetsInput,
        answer=Envelope[list[FilesetEntry]],
    ),
    Route(
        "POST",
        "/api/v2/backup/list-folder",
        folder,
        "What lies in folders of one version",
        _TAG,
        body=FolderInput,
        answer=PagedEnvelope[FolderRow],
    ),
    Route(
        "POST",
        "/api/v2/backup/list-versions",
        versions,
        "The versions of single paths",
        _TAG,
        body=VersionsInput,
        answer=PagedEnvelope[VersionRow],
    ),
    Route(
        "POST",
        "/api/v2/backup/search",
        find,
        "Find paths in versions",
        _TAG,
        body=SearchInput,
        answer=PagedEnvelope[FoundRow],
    ),
    Route(
        "POST",
        "/api/v2/backup/list-broken-files",
        list_broken_files,
        "Files that cannot be restored",
        _TAG,
        body=BrokenFilesInput,
        answer=Envelope[list[BrokenFileset]],
        available="ListBrokenFiles",
    ),
    Route(
        "POST",
        "/api/v2/backup/purge-broken-files",
        purge_broken_files,
        "Take files that cannot be restored out of the versions",
        _TAG,
        body=OfBackup,
        answer=TaskStarted,
        available="PurgeBrokenFiles",
    ),
    Route(
        "POST",
        "/api/v2/backup/delete-versions",
        delete_versions,
        "Delete versions",
        _TAG,
        body=DeleteVersionsInput,
        answer=TaskStarted,
        available="DeleteVersions",
    ),
    Route(
        "POST",
        "/api/v2/backup/set-locks",
        set_locks,
        "Lock what versions need, at a destination that can",
        _TAG,
        body=SetLocksInput,
        answer=TaskStarted,
        available="SetLocks",
    ),
    Route(
        "POST",
        "/api/v2/backup/read-lock-info",
        read_lock_info,
        "Ask the destination until when volumes are locked",
        _TAG,
        body=OfBackup,
        answer=TaskStarted,
        available="ReadLockInfo",
    ),
    Route(
        "POST",
        "/api/v2/backup/re-encrypt",
        reencrypt,
        "Change the passphrase or the encryption of all volumes",
        _TAG,
        body=ReencryptInput,
        answer=TaskStarted,
    ),
)
