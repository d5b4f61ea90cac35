"""Versions, files and logs of a backup in Duplicati's API (spec/server.md 3.5, 3.6, 3.15, 3.16)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class FilesetRow(msgspec.Struct, frozen=True, rename="pascal"):
    """`version` 0 is the newest; counts are -1 where they are not known. `is_full_backup` is 0 or 1."""

    version: int
    is_full_backup: int
    time: datetime
    file_count: int
    file_sizes: int


class PathSizes(msgspec.Struct, frozen=True, rename="pascal"):
    """`sizes`: that of a file in each listed version, -1 where it is not in it; none for a folder."""

    path: str
    sizes: list[int]


class FilesAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    filesets: list[FilesetRow]
    files: list[PathSizes]


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """`message` is the result as JSON, `parsed_result` the same for a backup."""

    id: int = msgspec.field(name="ID")
    operation_id: int = msgspec.field(name="OperationID")
    timestamp: int = msgspec.field(name="Timestamp")
    type: str = msgspec.field(default="Result", name="Type")
    message: str = msgspec.field(name="Message")
    exception: str = msgspec.field(default="", name="Exception")
    parsed_result: str | None = msgspec.field(default=None, name="ParsedResult")


class RemoteLogRow(msgspec.Struct, frozen=True):
    """`data` is a JSON object as text."""

    id: int = msgspec.field(name="ID")
    operation_id: int = msgspec.field(name="OperationID")
    timestamp: int = msgspec.field(name="Timestamp")
    operation: str = msgspec.field(name="Operation")
    path: str = msgspec.field(name="Path")
    data: str = msgspec.field(name="Data")


class RemoteVolumeRow(msgspec.Struct, frozen=True):
    """`type` is Files, Index or Blocks; `hash` SHA-256 in base64."""

    id: int = msgspec.field(name="ID")
    name: str = msgspec.field(name="Name")
    type: str = msgspec.field(name="Type")
    size: int = msgspec.field(name="Size")
    hash: str = msgspec.field(name="Hash")
    state: str = msgspec.field(name="State")


# --- /api/v2 ----------------------------------------------------------------------------------------------


class OfBackup(msgspec.Struct, frozen=True, rename="pascal"):
    backup_id: str


class FilesetsInput(OfBackup, frozen=True):
    force_remote_listing: bool | None = None


class FolderInput(OfBackup, frozen=True):
    """No `paths` for the roots, no `time` for the newest version; `page_size` 0 is no limit."""

    paths: list[str] | None = None
    time: str | None = None
    page_size: int | None = None
    page: int | None = None
    return_extended: bool | None = None


class VersionsInput(OfBackup, frozen=True):
    paths: list[str] | None = None
    page_size: int | None = None
    page: int | None = None


class SearchInput(OfBackup, frozen=True):
    """`paths` are folders; with neither `time` nor `version` all versions are searched."""

    paths: list[str] | None = None
    filters: list[str] | None = None
    time: str | None = None
    version: list[int] | None = None
    return_extended: bool | None = None
    case_sensitive_search: bool | None = None
    search_metadata: bool | None = None
    page_size: int | None = None
    page: int | None = None


class FilesetEntry(msgspec.Struct, frozen=True, rename="pascal"):
    """`damaged_files` is ours: so many files of it cannot be restored whole."""

    version: int
    time: datetime
    is_full_backup: bool
    file_count: int
    file_sizes: int
    damaged_files: int = 0


class FolderRow(msgspec.Struct, frozen=True, rename="pascal"):
    """`size` in bytes, 0 for all but files; `last_modified` is null where it is not known."""

    path: str
    size: int
    is_directory: bool
    is_symlink: bool
    last_modified: datetime | None
    metadata: dict[str, str | None] | None = None


class VersionRow(msgspec.Struct, frozen=True, rename="pascal"):
    version: int
    time: datetime
    path: str
    size: int
    is_directory: bool
    is_symlink: bool
    last_modified: datetime | None


class FoundRow(VersionRow, frozen=True):
    metadata: dict[str, str | None] | None = None


class BrokenFilesInput(OfBackup, frozen=True):
    filters: list[str] | None = None


class BrokenFile(msgspec.Struct, frozen=True, rename="pascal"):
    path: str
    size: int


class BrokenFileset(msgspec.Struct, frozen=True):
    fileset_id: int = msgspec.field(name="FilesetID")
    fileset_time: datetime = msgspec.field(name="FilesetTime")
    files: list[BrokenFile] = msgspec.field(name="Files")


class SetLocksInput(OfBackup, frozen=True):
    """Ours. `versions` by their numbers, all when not given; `duration` as --remote-file-lock-duration, the
    backup's own when not given."""

    versions: list[_Number] | None = None
    duration: str | None = None


class ReencryptInput(OfBackup, frozen=True):
    """Ours. `encryption` is "aes", "gpg" or "none", as before when not given. Where the change was begun, it
    goes on without either."""

    new_passphrase: str | None = None
    encryption: str | None = None

    def __repr__(self) -> str:
        return f"ReencryptInput({self.backup_id})"


class DeleteVersionsInput(OfBackup, frozen=True):
    """`times` are ours: versions by their times, for their numbers change with each backup."""

    versions: list[_Number] | None = None
    times: list[datetime] | None = None
    allow_full_removal: bool | None = None
    suppress_compact: bool | None = None
