"""What operations return, under the names Duplicati's results have (spec/cli.md 9.5)."""

from __future__ import annotations

from typing import Literal

import msgspec

from triplicati.messages.progress import Problem

Parsed = Literal["Success", "Warning", "Error", "Fatal"]


class Result(msgspec.Struct, rename="pascal", kw_only=True):
    """Times in Unix seconds. `interrupted` when a script kept the operation from running."""

    main_operation: str = ""
    begin_time: float = 0.0
    end_time: float = 0.0
    dryrun: bool = False
    interrupted: bool = False
    messages: list[str] = msgspec.field(default_factory=list)
    warnings: list[Problem] = msgspec.field(default_factory=list)
    errors: list[Problem] = msgspec.field(default_factory=list)

    @property
    def parsed(self) -> Parsed:
        return "Error" if self.errors else "Warning" if self.warnings else "Success"


class CompactResult(Result, kw_only=True):
    """Counts of files and bytes at the destination. `left` are volumes worth packing anew that were left, for
    the budget was used up or it was stopped. `refused`: a warning tells why nothing could be compacted."""

    deleted_file_count: int = 0
    deleted_file_size: int = 0
    downloaded_file_count: int = 0
    downloaded_file_size: int = 0
    uploaded_file_count: int = 0
    uploaded_file_size: int = 0
    left: int = 0
    refused: bool = False


class LockResult(Result, kw_only=True):
    """Volumes that were looked at, and those whose lock is another one than was known."""

    volumes_read: int = 0
    volumes_updated: int = 0


class ReencryptResult(Result, kw_only=True):
    """Counts of files and bytes at the destination: what was encrypted anew, in a dry run what would be;
    `left` is what the next run has to do, and `skipped` of it what could not be read."""

    reencrypted_file_count: int = 0
    reencrypted_file_size: int = 0
    downloaded_file_count: int = 0
    downloaded_file_size: int = 0
    uploaded_file_count: int = 0
    uploaded_file_size: int = 0
    left: int = 0
    left_size: int = 0
    skipped: int = 0


class MirrorResult(Result, kw_only=True):
    """A further destination: counts of files and bytes there. What failed a check was copied again."""

    destination: str = ""
    deleted_file_count: int = 0
    renamed_file_count: int = 0
    copied_file_count: int = 0
    verified_file_count: int = 0
    failed_verification_count: int = 0
    copied_file_size: int = 0


class SyncResult(Result, kw_only=True):
    """Plain files: those of the source, and what was done at the destination. Sizes in bytes."""

    folders_created: int = 0
    folders_deleted: int = 0
    files_uploaded: int = 0
    unchanged_files: int = 0
    files_deleted: int = 0
    files_with_error: int = 0
    source_files: int = 0
    size_of_source_files: int = 0
    size_of_uploaded_files: int = 0
    size_of_deleted_files: int = 0


class MirrorsResult(Result, kw_only=True):
    remote_synchronization_results: list[MirrorResult] = msgspec.field(default_factory=list)


class BackupResult(Result, kw_only=True):
    examined_files: int = 0
    opened_files: int = 0
    added_files: int = 0
    modified_files: int = 0
    deleted_files: int = 0
    size_of_examined_files: int = 0
    size_of_opened_files: int = 0
    size_of_added_files: int = 0
    size_of_modified_files: int = 0
    added_folders: int = 0
    modified_folders: int = 0
    deleted_folders: int = 0
    added_symlinks: int = 0
    modified_symlinks: int = 0
    deleted_symlinks: int = 0
    timestamp_changed_files: int = 0
    files_with_error: int = 0
    partial_backup: bool = False
    unchanged: bool = False
    version_time: int = 0
    newest_version_time: int = 0
    deleted_versions: list[int] = msgspec.field(default_factory=list)
    compact_results: CompactResult | None = None
    vacuum_results: VacuumResult | None = None
    test_results: VerifyResult | None = None
    lock_results: LockResult | None = None
    remote_synchronization_results: list[MirrorResult] = msgspec.field(default_factory=list)
    files_uploaded: int = 0
    bytes_uploaded: int = 0
    known_file_count: int = 0
    known_file_size: int = 0
    known_filesets: int = 0
    total_quota: int = msgspec.field(default=-1, name="TotalQuotaSpace")
    free_quota: int = msgspec.field(default=-1, name="FreeQuotaSpace")
    assigned_quota: int = msgspec.field(default=-1, name="AssignedQuotaSpace")
    quota_error: bool = msgspec.field(default=False, name="ReportedQuotaError")
    quota_warning: bool = msgspec.field(default=False, name="ReportedQuotaWarning")

    @property
    def parsed(self) -> Parsed:
        found = super().parsed
        if found == "Error" or self.files_with_error:
            return "Error"
        return "Warning" if self.partial_backup else found


class DeletedSet(msgspec.Struct, frozen=True):
    """The number that a version had, and its time in Unix seconds."""

    item1: int = msgspec.field(name="Item1")
    item2: int = msgspec.field(name="Item2")


class DeleteResult(Result, kw_only=True):
    deleted_sets: list[DeletedSet] = msgspec.field(default_factory=list)
    compact_results: CompactResult | None = None


class PathSize(msgspec.Struct, frozen=True, rename="pascal"):
    """`size` in bytes, 0 for folders and links."""

    path: str
    size: int


class FilesOfVersion(msgspec.Struct, frozen=True, rename="pascal"):
    """`files` may be the first ones only; `file_count` counts all. `time` in Unix seconds."""

    number: int
    time: int
    file_count: int
    files: list[PathSize]


class BrokenFilesResult(Result, kw_only=True):
    """Versions with broken files, the newest first."""

    broken_files: list[FilesOfVersion] = msgspec.field(default_factory=list)


class PurgeResult(Result, kw_only=True):
    """Entries and bytes of all versions together; `updated_file_count` got other metadata. In a dry run
    `matches` tells what would go."""

    removed_file_count: int = 0
    removed_file_size: int = 0
    rewritten_file_lists: int = 0
    updated_file_count: int = 0
    matches: list[FilesOfVersion] = msgspec.field(default_factory=list)
    compact_results: CompactResult | None = None


class PurgeBrokenResult(Result, kw_only=True):
    """What was done to versions that lost a part, and which ones lost everything. `given_up_lists` could not
    be read, and nobody knows what their versions held."""

    purge_results: PurgeResult | None = None
    delete_results: DeleteResult | None = None
    given_up_lists: int = 0


class VacuumResult(Result, kw_only=True):
    """Bytes of the local database."""

    size_before: int = 0
    size_after: int = 0


class RestoreResult(Result, kw_only=True):
    restored_files: int = 0
    size_of_restored_files: int = 0
    restored_folders: int = 0
    restored_symlinks: int = 0
    unmodified_files: int = 0
    broken_files: list[str] = msgspec.field(default_factory=list)
    restore_path: str = ""
    version_time: int = 0
    volumes_fetched: int = 0


class RepairResult(Result, kw_only=True):
    """`rebuilt`: the local database was built anew; else what of the destination was made anew from it.
    `found_blocks` were lost and are stored again, `brought_back` are volumes that came from a copy; of
    `broken_versions` something cannot be restored."""

    versions: int = 0
    volumes: int = 0
    database: str = ""
    rebuilt: bool = True
    lists_made: int = 0
    indexes_made: int = 0
    lost_volumes: int = 0
    found_blocks: int = 0
    brought_back: int = 0
    broken_versions: int = 0


class RemoteSizeResult(Result, kw_only=True):
    """What a destination holds of one backup."""

    known_file_count: int = 0
    known_file_size: int = 0
    known_filesets: int = 0


class VersionLine(msgspec.Struct, frozen=True, rename="pascal"):
    """One version in a list: `number` 0 is the newest, `time` in Unix seconds, `size` in bytes; `damaged`
    files cannot be restored whole."""

    number: int
    time: int
    full: bool
    files: int
    size: int
    damaged: int = 0


class FileLine(msgspec.Struct, frozen=True, rename="pascal"):
    """One path: `sizes` by version number, None where it is absent, -1 for folders and links."""

    path: str
    sizes: dict[int, int]


class ListResult(Result, kw_only=True):
    versions: list[VersionLine] = msgspec.field(default_factory=list)
    files: list[FileLine] = msgspec.field(default_factory=list)


class CompareResult(Result, kw_only=True):
    """Paths by kind of change, first ones only; the counters count all: [files, folders, symlinks]."""

    base: VersionLine | None = None
    target: VersionLine | None = None
    added: list[str] = msgspec.field(default_factory=list)
    modified: list[str] = msgspec.field(default_factory=list)
    deleted: list[str] = msgspec.field(default_factory=list)
    added_counts: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    modified_counts: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    deleted_counts: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])


class FolderEntry(msgspec.Struct, frozen=True, rename="pascal"):
    """What lies in a folder: `size` in bytes, -1 for all but files; `last_modified` in Unix seconds, 0 not
    known."""

    path: str
    size: int
    is_directory: bool
    is_symlink: bool
    last_modified: int


class ListFolderResult(Result, kw_only=True):
    versions: list[VersionLine] = msgspec.field(default_factory=list)
    files: list[FolderEntry] = msgspec.field(default_factory=list)


class FileVersion(msgspec.Struct, frozen=True, rename="pascal"):
    """A path in a version: `time` that of the version, in Unix seconds; the rest as in `FolderEntry`."""

    version: int
    time: int
    path: str
    size: int
    is_directory: bool
    is_symlink: bool
    last_modified: int


class FileVersionsResult(Result, kw_only=True):
    files: list[FileVersion] = msgspec.field(default_factory=list)


class AffectedResult(Result, kw_only=True):
    """`files` may be the first ones only; `file_count` counts all."""

    versions: list[VersionLine] = msgspec.field(default_factory=list)
    file_count: int = 0
    files: list[str] = msgspec.field(default_factory=list)


class Finding(msgspec.Struct, frozen=True, rename="pascal"):
    """One thing about a volume, by what it is about; something extra is no error."""

    key: Literal["Missing", "Extra", "Modified", "Error"]
    value: str


class CheckedVolume(msgspec.Struct, frozen=True, rename="pascal"):
    """What was found, by the name of the volume; empty for a good one."""

    key: str
    value: list[Finding]

    @property
    def damaged(self) -> bool:
        return any(each.key != "Extra" for each in self.value)


class DrillFinding(msgspec.Struct, frozen=True, rename="pascal"):
    """Why a file did not come back."""

    path: str
    problem: str


class DrilledVersion(msgspec.Struct, frozen=True, rename="pascal"):
    """Files of a version that were restored for trial: `files` and `bytes` came back as recorded. `time` is
    that of the version in Unix seconds; `volumes` were fetched. `unreached` files could not be fetched, which
    proves nothing. `compared_with_source` counts sources with the recorded time and size, and
    `source_differs` names those among them with another content."""

    version: int
    time: int
    files: int
    bytes: int
    volumes: int = 0
    compared_with_source: int = 0
    damaged: list[DrillFinding] = msgspec.field(default_factory=list)
    unreached: list[DrillFinding] = msgspec.field(default_factory=list)
    source_differs: list[str] = msgspec.field(default_factory=list)


class VerifyResult(Result, kw_only=True):
    """Damaged volumes come first."""

    verifications: list[CheckedVolume] = msgspec.field(default_factory=list)
    drills: list[DrilledVersion] = msgspec.field(default_factory=list)


class SystemInfoResult(Result, kw_only=True):
    """The facts by their labels, in the order they are shown."""

    facts: dict[str, str] = msgspec.field(default_factory=dict)


class FilterTestResult(Result, kw_only=True):
    """Files that a backup would take, and their bytes."""

    file_count: int = 0
    file_size: int = 0
