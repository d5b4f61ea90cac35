"""Tasks as clients of Duplicati are told of them (spec/server.md 3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from triplicati.runner.daemon import Daemon
from triplicati.runner.status import moment_of
from triplicati.runner.tasks import Task


class TaskForm(msgspec.Struct, frozen=True, rename="pascal"):
    status: str
    id: int = msgspec.field(name="ID")
    task_started: datetime | None
    task_finished: datetime | None
    error_message: str | None
    exception: str | None
    backup_id: str = msgspec.field(name="BackupID")
    operation: str


def ended_tasks(daemon: Daemon) -> Sequence[Task]:
    """The latest hundred, the newest last."""
    return list(daemon.queue.done)


def task_line(task: Task) -> TaskForm:
    return TaskForm(
        task.state.capitalize(),
        task.id,
        moment_of(task.started) if task.started else None,
        moment_of(task.ended) if task.ended else None,
        task.error or None,
        task.error or None,
        task.backup.id,
        task.operation,
    )
