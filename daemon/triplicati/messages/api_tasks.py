"""Tasks of the queue in Duplicati's API (spec/server.md 3.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class TaskState(msgspec.Struct, frozen=True):
    """`backup_id`, `operation` and `parsed` are ours. `parsed` says how it ended, as in a run; "" before."""

    status: Literal["Running", "Waiting", "Completed", "Failed"] = msgspec.field(name="Status")
    id: int = msgspec.field(name="ID")
    task_started: datetime | None = msgspec.field(name="TaskStarted")
    task_finished: datetime | None = msgspec.field(name="TaskFinished")
    error_message: str | None = msgspec.field(name="ErrorMessage")
    exception: str | None = msgspec.field(name="Exception")
    backup_id: str = msgspec.field(name="BackupID")
    operation: str = msgspec.field(name="Operation")
    parsed: str = msgspec.field(default="", name="Parsed")


class TaskOrder(msgspec.Struct, frozen=True):
    """Waiting tasks in the order in which they are to run; those that are not named come after them."""

    ids: list[int] = msgspec.field(name="IDs")
