"""Saved backups as they are kept and passed around (spec/server.md 4). Secrets in them are in clear: what
leaves this process goes through a masking first."""

from __future__ import annotations

import msgspec

# .NET's lowest moment, what Duplicati stores for "never".
NEVER = -62135596800
ANY_DAY: frozenset[int] = frozenset()


class Setting(msgspec.Struct, frozen=True):
    """`name` with leading dashes for an advanced option; `filter` is always "" today."""

    name: str
    value: str | None = ""
    filter: str = ""

    def __repr__(self) -> str:
        return f"Setting({self.name})"


class SavedFilter(msgspec.Struct, frozen=True):
    order: int
    include: bool
    expression: str


class TargetUrl(msgspec.Struct, frozen=True):
    """A further destination of a backup; `mode` is inline, interval or counting."""

    key: str
    url: str
    mode: str = "inline"
    interval: str | None = None
    connection_string_id: int = -1
    options: dict[str, str | None] = {}

    def __repr__(self) -> str:
        return f"TargetUrl({self.key})"


class SavedSchedule(msgspec.Struct, frozen=True):
    """`time` (the next due instant, or the first) and `last_run` in Unix seconds, `NEVER` when unset.

    `days` are the allowed weekdays, Monday 0; empty for every day. `paused`: imported, waiting for the user
    to turn it on. `wall` is what the clock was to show at `time` (ISO, local, without zone), kept only when
    the clock skipped that time, so that the days after it are not moved too.
    """

    id: int
    time: int
    repeat: str
    last_run: int = NEVER
    days: frozenset[int] = ANY_DAY
    paused: bool = False
    zone: str = ""
    wall: str = ""


class SavedBackup(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is a decimal number for a saved backup and a GUID for one that lives only in memory.

    `db_path` is absolute, `sources` keep their ``%TOKENS%``; `metadata` holds the keys of spec 4.4.
    """

    id: str = ""
    external_id: str = ""
    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    target_url: str
    connection_string_id: int = -1
    operation_type: str = "Backup"
    db_path: str = ""
    sources: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    filters: tuple[SavedFilter, ...] = ()
    metadata: dict[str, str] = {}
    targets: tuple[TargetUrl, ...] = ()
    schedule: SavedSchedule | None = None

    def __repr__(self) -> str:
        return f"SavedBackup({self.id}, {self.name})"

    @property
    def temporary(self) -> bool:
        return "-" in self.id
