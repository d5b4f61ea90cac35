"""``serverstate`` of Duplicati's API (spec/server.md 3.7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

# What Duplicati writes for a time that is not set.
UNSET = datetime(1, 1, 1, tzinfo=UTC)


class TaskOfBackup(msgspec.Struct, frozen=True, rename="pascal"):
    """The number of a task, and the id of its backup."""

    item1: int
    item2: str


class Proposed(msgspec.Struct, frozen=True, rename="pascal"):
    """The id of a backup, and when it is due."""

    item1: str
    item2: datetime


class ServerStatus(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """All members are always there. `estimated_pause_end` is `UNSET` for a pause without end too."""

    active_task: TaskOfBackup | None
    program_state: Literal["Running", "Paused"]
    scheduler_queue_ids: list[TaskOfBackup]
    proposed_schedule: list[Proposed]
    has_warning: bool
    has_error: bool
    suggested_status_icon: str
    estimated_pause_end: datetime
    last_event_id: int = msgspec.field(name="LastEventID")
    last_data_update_id: int = msgspec.field(name="LastDataUpdateID")
    last_notification_update_id: int = msgspec.field(name="LastNotificationUpdateID")
    updated_version: str | None = None
    updater_state: str = "Waiting"
    update_download_link: str | None = None
    update_download_progress: float = 0
    type: str = "legacystatus"
