"""Saved backups as Duplicati's API gives and takes them (spec/server.md 3.2 to 3.4)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from triplicati.messages.job_file import BackupForm, JobFile, ScheduleForm, SettingForm


class BackupLook(BackupForm, kw_only=True):
    """A saved backup in an answer, never with a secret in it."""

    db_path_exists: bool = msgspec.field(name="DBPathExists")
    is_unencrypted_or_passphrase_stored: bool = msgspec.field(name="IsUnencryptedOrPassphraseStored")

    def __repr__(self) -> str:
        return f"BackupLook({self.id}, {self.name})"


class BackupRow(msgspec.Struct, frozen=True, rename="pascal"):
    backup: BackupLook
    schedule: ScheduleForm | None


class OneBackup(msgspec.Struct, frozen=True, rename="pascal"):
    """`display_names` are what a page calls the sources."""

    schedule: ScheduleForm | None
    backup: BackupLook
    display_names: dict[str, str]


class OneBackupTwice(OneBackup, frozen=True):
    """Clients of Duplicati 2.0 look for it in `data`."""

    success: bool = msgspec.field(default=True, name="success")
    data: OneBackup | None = msgspec.field(default=None, name="data")


class BackupInput(msgspec.Struct, frozen=True, rename="pascal"):
    backup: BackupForm
    schedule: ScheduleForm | None = None


class Created(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="ID")
    temporary: bool = msgspec.field(name="Temporary")


class Imported(msgspec.Struct, frozen=True):
    """`data` is what the file says, where nothing was to be saved."""

    id: str | None = msgspec.field(name="Id")
    data: JobFile | None = msgspec.field(name="data")


class StoredConfiguration(msgspec.Struct, frozen=True):
    """What a backup carried in itself, kept as a temporary backup; addresses without their secrets."""

    backup_id: str = msgspec.field(name="BackupId")
    name: str = msgspec.field(name="Name")
    target_url_display: str = msgspec.field(name="TargetURLDisplay")
    metadata: dict[str, str] = msgspec.field(name="Metadata")
    display_names: dict[str, str] = msgspec.field(name="DisplayNames")
    additional_target_urls: list[str] = msgspec.field(name="AdditionalTargetUrls")


class ImportInput(msgspec.Struct, frozen=True, kw_only=True):
    """`config` is a file in base64, or what is in it; or the members of the file are here themselves.

    `direct`: save it at once; when it is not said, only what some clients send is saved.
    `schedule_paused`: a schedule in the file waits until it is turned on.
    """

    config: dict[str, Any] | str | None = None  # Any: read as a JobFile
    cmdline: bool = False
    import_metadata: bool = False
    import_metadata_too: bool = msgspec.field(default=False, name="import-metadata")
    direct: bool | None = None
    passphrase: str | None = None
    temporary: bool = False
    schedule_paused: bool = False
    replace_settings: dict[str, str | None] | None = None
    backup: BackupForm | None = None
    schedule: ScheduleForm | None = None

    def __repr__(self) -> str:
        return "ImportInput(...)"


class ImportFromTemporary(msgspec.Struct, frozen=True, rename="pascal"):
    backup_id: str
    import_metadata: bool = False
    direct: bool = True


class TaskStarted(msgspec.Struct, frozen=True):
    id: int = msgspec.field(name="ID")
    status: str = msgspec.field(default="OK", name="Status")


class Deleted(msgspec.Struct, frozen=True):
    """`id` is the task that does it, or that is in the way."""

    status: str = msgspec.field(name="Status")
    reason: str | None = msgspec.field(name="Reason")
    id: int | None = msgspec.field(name="ID")


class RestoreInput(msgspec.Struct, frozen=True):
    """`restore_path` null or empty is where the files were. `use_copy` is the number of a further destination
    to take them from, 0 for the destination itself."""

    paths: list[str] | None = None
    passphrase: str | None = None
    time: str | None = None
    restore_path: str | None = None
    overwrite: bool = False
    permissions: bool = False
    skip_metadata: bool = False
    use_copy: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0

    def __repr__(self) -> str:
        return "RestoreInput(...)"


class RepairInput(msgspec.Struct, frozen=True):
    only_paths: bool = False
    time: str | None = None
    version: str | None = None
    paths: list[str] | None = None
    refresh_lock_info: bool = False


class DatabasePathInput(msgspec.Struct, frozen=True):
    path: str | None = None


class IsActive(msgspec.Struct, frozen=True, rename="pascal"):
    active: bool
    status: str = "OK"


class IsInUse(msgspec.Struct, frozen=True):
    inuse: bool


class CommandText(msgspec.Struct, frozen=True, rename="pascal"):
    command: str


class CommandParts(msgspec.Struct, frozen=True, rename="pascal"):
    backend: str
    arguments: list[str]
    options: list[str]


class DraftCommands(msgspec.Struct, frozen=True, rename="pascal"):
    """Command lines of a backup that need not be saved, without secrets. `target` is its address, `restore`
    brings everything back below a folder that stands in it as an example."""

    target: str
    backup: str
    restore: str


class DefaultSchedule(msgspec.Struct, frozen=True, rename="pascal"):
    """`time` as ``HH:mm:ss``."""

    repeat: str
    time: str
    allowed_days: list[str]


class DefaultSettings(msgspec.Struct, frozen=True, rename="pascal"):
    settings: list[SettingForm]


class BackupDefaults(msgspec.Struct, frozen=True, rename="pascal"):
    application_options: list[SettingForm]
    backup: DefaultSettings
    schedule: DefaultSchedule
