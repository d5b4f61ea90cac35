"""A saved backup as Duplicati writes it in JSON, in files and in its API (spec/server.md 4.8).

Everything may be missing or null but what makes no sense without it.
"""

from __future__ import annotations

import msgspec


class SettingForm(msgspec.Struct, rename="pascal"):
    filter: str | None = ""
    name: str = ""
    value: str | None = ""
    argument: None = None

    def __repr__(self) -> str:
        return f"SettingForm({self.name})"


class FilterForm(msgspec.Struct, rename="pascal"):
    order: int = 0
    include: bool = False
    expression: str | None = ""


class TargetUrlForm(msgspec.Struct):
    target_url: str = msgspec.field(name="TargetUrl")
    url_key: str | None = msgspec.field(default=None, name="UrlKey")
    mode: str | None = msgspec.field(default="inline", name="Mode")
    interval: str | None = msgspec.field(default=None, name="Interval")
    connection_string_id: int | None = msgspec.field(default=-1, name="ConnectionStringID")
    options: dict[str, str | None] | None = msgspec.field(default=None, name="Options")

    def __repr__(self) -> str:
        return f"TargetUrlForm({self.url_key})"


class ScheduleForm(msgspec.Struct):
    """Times in ISO form; `allowed_days` wins over `rule`."""

    id: int = msgspec.field(default=-1, name="ID")
    tags: list[str] | None = msgspec.field(default=None, name="Tags")
    time: str | None = msgspec.field(default=None, name="Time")
    repeat: str | None = msgspec.field(default="", name="Repeat")
    last_run: str | None = msgspec.field(default=None, name="LastRun")
    rule: str | None = msgspec.field(default="", name="Rule")
    allowed_days: list[str] | None = msgspec.field(default=None, name="AllowedDays")


class BackupForm(msgspec.Struct):
    id: str | None = msgspec.field(default="", name="ID")
    external_id: str | None = msgspec.field(default="", name="ExternalID")
    name: str | None = msgspec.field(default="", name="Name")
    description: str | None = msgspec.field(default="", name="Description")
    tags: list[str] | None = msgspec.field(default=None, name="Tags")
    target_url: str | None = msgspec.field(default="", name="TargetURL")
    connection_string_id: int | None = msgspec.field(default=-1, name="ConnectionStringID")
    operation_type: str | None = msgspec.field(default="Backup", name="OperationType")
    db_path: str | None = msgspec.field(default="", name="DBPath")
    sources: list[str] | None = msgspec.field(default=None, name="Sources")
    settings: list[SettingForm] | None = msgspec.field(default=None, name="Settings")
    filters: list[FilterForm] | None = msgspec.field(default=None, name="Filters")
    metadata: dict[str, str | None] | None = msgspec.field(default=None, name="Metadata")
    additional_target_urls: list[TargetUrlForm] | None = msgspec.field(
        default=None, name="AdditionalTargetURLs"
    )
    is_temporary: bool | None = msgspec.field(default=False, name="IsTemporary")

    def __repr__(self) -> str:
        return f"BackupForm({self.id}, {self.name})"


class JobFile(msgspec.Struct):
    """Duplicati calls it ImportExportStructure."""

    backup: BackupForm = msgspec.field(name="Backup")
    created_by_version: str | None = msgspec.field(default=None, name="CreatedByVersion")
    schedule: ScheduleForm | None = msgspec.field(default=None, name="Schedule")
    display_names: dict[str, str | None] | None = msgspec.field(default=None, name="DisplayNames")
