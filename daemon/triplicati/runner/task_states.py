"""Tasks as Duplicati's clients know them (spec/server.md 3.8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from triplicati.errors import TaskNotFound
from triplicati.messages.api_tasks import TaskState
from triplicati.runner.daemon import Daemon
from triplicati.runner.tasks import Task

_Status = Literal["Running", "Waiting", "Completed", "Failed"]
_STATUS: dict[str, _Status] = {
    "running": "Running",
    "waiting": "Waiting",
    "completed": "Completed",
    "failed": "Failed",
}


def task_states(daemon: Daemon) -> list[TaskState]:
    """The running one, then those that wait."""
    queue = daemon.queue
    return [task_state(each) for each in ([queue.running] if queue.running else []) + queue.waiting]


def task_state(task: Task) -> TaskState:
    return TaskState(
        status=_STATUS[task.state],
        id=task.id,
        task_started=_moment(task.started),
        task_finished=_moment(task.ended),
        error_message=task.error or None,
        exception=f"{task.error_id}: {task.error}" if task.error else None,
        backup_id=task.backup.id,
        operation=task.operation,
        parsed=task.parsed,
    )


def task_of(daemon: Daemon, number: str) -> Task:
    """Running, waiting, or one of the latest that ended. Raises `TaskNotFound`."""
    digits = number.isascii() and number.isdecimal() and len(number) < 18
    found = daemon.queue.find(int(number)) if digits else None
    if found is None:
        raise TaskNotFound(id=number)
    return found


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
