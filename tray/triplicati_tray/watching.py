"""What is known of a server from its event stream (`triplicati.messages.live`). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from triplicati.client import Event
from triplicati.messages.live import BackupLine, LiveProgress, Planned, RunEnded, ServerLine, TaskLine
from triplicati.messages.records import Notification

_SNAPSHOT, _ENDED = "snapshot", "run-ended"
_REMEMBERED = 500


class Ended(msgspec.Struct, frozen=True):
    """A run that ended while somebody watched. `by_hand`: a user started it; `stopped`: a user stopped it;
    the counts are those of its last progress."""

    run: RunEnded
    by_hand: bool
    warnings: int
    errors: int
    stopped: bool = False


class Watched:
    """The newest of each state, and what is new.

    `seen` is the number of the newest frame, from which a new connection goes on.
    """

    def __init__(self) -> None:
        self.seen: int | None = None
        self.server: ServerLine | None = None
        self.tasks: list[TaskLine] = []
        self.progress: LiveProgress | None = None
        self.backups: list[BackupLine] = []
        self.schedule: list[Planned] = []
        self.notifications: list[Notification] = []
        self._told: int | None = None
        self._by_hand: dict[int, bool] = {}
        self._stopped: int | None = None

    @property
    def running(self) -> TaskLine | None:
        return next((each for each in self.tasks if each.state == "running"), None)

    @property
    def waiting(self) -> int:
        return sum(each.state == "waiting" for each in self.tasks)

    def hear(self, event: Event) -> list[Ended | Notification]:
        """Takes a frame; gives what happened since the first one, and never the same twice."""
        before, self.seen = self.seen, event.seq
        if event.topic == _SNAPSHOT:
            return list(self._snapshot(event.value))
        # What was cut off by a lost connection may be sent again; a state is only true once more.
        if event.topic == _ENDED and (before is None or event.seq > before):
            return [self._ended(event.value)]
        return list(self._take(event.topic, event.value))

    def _snapshot(self, parts: Mapping[str, object]) -> Iterator[Notification]:
        """All there is: a state that is not in it has no value any more."""
        self.tasks, self.progress = [], None
        for topic, value in parts.items():
            yield from self._take(topic, value)

    def _take(self, topic: str, value: object) -> Iterator[Notification]:
        match topic, value:
            case "server", ServerLine():
                self.server = value
            case "tasks", list():
                self.tasks = value
                for task in value:
                    self._remember(task)
            case "run-started", dict():
                self._remember(msgspec.convert(value, TaskLine))
            case "progress", LiveProgress():
                self.progress = value
                if value.state == "stopping":
                    self._stopped = value.task_id
            case "backups", list():
                self.backups = value
            case "schedule", list():
                self.schedule = value
            case "notifications", list():
                yield from self._notified(msgspec.convert(value, list[Notification]))

    def _notified(self, found: list[Notification]) -> Iterator[Notification]:
        """Those that are newer than all before; of the first list none is news."""
        self.notifications = found
        told, newest = self._told, max((each.id for each in found), default=0)
        self._told = max(told or 0, newest)
        if told is not None:
            yield from (each for each in found if each.id > told)

    def _remember(self, task: TaskLine) -> None:
        self._by_hand[task.id] = task.reason == "manual"
        if len(self._by_hand) > _REMEMBERED:
            del self._by_hand[next(iter(self._by_hand))]

    def _ended(self, run: RunEnded) -> Ended:
        progress = self.progress
        ours = progress is not None and progress.task_id == run.task_id
        warnings, errors = (progress.warnings, progress.errors) if progress is not None and ours else (0, 0)
        stopped = run.task_id == self._stopped
        return Ended(run, self._by_hand.get(run.task_id, False), warnings, errors, stopped)
