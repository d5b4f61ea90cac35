"""Following one task to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
import trio

from triplicati.client.events import SNAPSHOT, Event
from triplicati.errors import BackupUnknown, ServerRefused, TaskLost
from triplicati.messages.live import LiveProgress, RunEnded, ServerLine, TaskLine

if TYPE_CHECKING:
    from triplicati.client.client import Client

_CODES = {"Success": 0, "Warning": 2, "Error": 3, "Fatal": 4}
_PATIENCE = 300.0
_ENDED = ("Completed", "Failed")
_LOOK = 1.0

Show = Callable[[LiveProgress], object]


class Outcome(msgspec.Struct, frozen=True):
    """How a task ended. `parsed`: Success, Warning, Error, Fatal, or Stopped; `seconds` is 0 if not known."""

    task_id: int
    parsed: str
    message: str = ""
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """As of Duplicati's programs: 0 Success, 2 Warning, 3 Error, 4 Fatal, 1 for anything else."""
        return _CODES.get(self.parsed, 1)


async def wait(client: Client, task_id: int, show: Show | None, interval: float) -> Outcome:
    """By events; where the server has none, by asking every `interval` seconds."""
    first = await client.task(task_id)
    if first.status in _ENDED:
        return await _outcome(client, task_id)
    follower = _Follower(task_id, first.backup_id, show)
    try:
        async with client.events(patience=_PATIENCE) as events:
            async for event in events:
                if follower.hear(event) and (follower.outcome or await _has_ended(client, follower.task_id)):
                    break
    except ServerRefused as error:
        if error.status not in (400, 404, 405):
            raise
        return await _polled(client, task_id, interval)
    return follower.outcome or await _outcome(client, follower.task_id)


class _Follower:
    """Finds a task in what is told. After a restart of the server the same run may go on as another task."""

    def __init__(self, task_id: int, backup_id: str, show: Show | None) -> None:
        self.task_id = task_id
        self.outcome: Outcome | None = None
        self._backup_id = backup_id
        self._show = show
        self._started: float | None = None

    def hear(self, event: Event) -> bool:
        """True when the task has ended, or seems so: what is told may be older than the task."""
        if event.topic != SNAPSHOT:
            return self._hear(event.topic, event.value)
        parts = event.value
        if "server" in parts and self._is_another(parts["server"]):
            self._find_again(parts.get("tasks", []))
        return self._hear("tasks", parts.get("tasks", []))

    def _hear(self, topic: str, value: object) -> bool:
        match topic, value:
            case "run-ended", RunEnded(task_id=task_id) if task_id == self.task_id:
                self.outcome = Outcome(task_id, value.parsed, value.message, value.seconds)
                return True
            case "progress", LiveProgress(task_id=task_id) if task_id == self.task_id:
                if self._show is not None:
                    self._show(value)
            case "tasks", list():
                return all(line.id != self.task_id for line in value)
        return False

    def _is_another(self, server: ServerLine) -> bool:
        """Whether this server was started after the one that was heard last."""
        before, self._started = self._started, server.started
        return before is not None and before != server.started

    def _find_again(self, lines: Iterable[TaskLine]) -> None:
        """Raises `TaskLost`."""
        found = next((line.id for line in lines if line.backup_id == self._backup_id), None)
        if found is None:
            raise TaskLost(task_id=self.task_id)
        self.task_id = found


async def _has_ended(client: Client, task_id: int) -> bool:
    return (await client.task(task_id)).status in _ENDED


async def _polled(client: Client, task_id: int, interval: float) -> Outcome:
    while not await _has_ended(client, task_id):  # noqa: ASYNC110 - nobody tells when
        await trio.sleep(interval)
    return await _outcome(client, task_id)


async def _outcome(client: Client, task_id: int) -> Outcome:
    """Of a task that has ended, or is just about to: its end is told before the queue has noted it."""
    while (task := await client.task(task_id)).status not in _ENDED:  # noqa: ASYNC110 - it is soon
        await trio.sleep(_LOOK)
    if not task.backup_id:
        return Outcome(task_id, "Fatal" if task.status == "Failed" else "Success", task.error_message or "")
    for run in await client.runs(task.backup_id, task_id):
        return Outcome(task_id, run.parsed, run.message or task.error_message or "", run.seconds)
    if task.status == "Failed":
        return Outcome(task_id, "Fatal", task.error_message or "")
    if task.task_started is None:
        return Outcome(task_id, "Stopped", "It was taken out of the queue.")
    try:
        rows = await client.log(task.backup_id, count=1)
    except BackupUnknown:  # deleting it was the task
        rows = []
    return Outcome(task_id, rows[0].parsed if rows else "Success")
