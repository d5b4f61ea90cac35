"""The queue: one task at a time, in order, each of which can be stopped in three ways (design: section 5)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Literal, NoReturn

import msgspec
import trio

from triplicati.engine.stopping import StopRequest
from triplicati.messages.live import TaskLine
from triplicati.messages.progress import Report
from triplicati.messages.saved import SavedBackup

_KEPT = 100
# What a saved backup is there for, and a schedule runs.
MAIN = ("Backup", "Sync")
StopKind = Literal["after-file", "now", "abort"]
State = Literal["waiting", "running", "completed", "failed"]


class Task(msgspec.Struct, kw_only=True, eq=False):
    """`extra` are options for this task alone, `paths` what it is about, `flags` what only the server knows.
    `scheduled`: the schedule asked for it. Times in Unix seconds, 0 for not yet.

    An abort cancels `scope`. `ending`: its work is done, and what follows are scripts and reports.
    `parsed` is Success, Warning, Error, Fatal, or Stopped for one that was aborted or never begun.
    """

    id: int
    operation: str
    backup: SavedBackup
    extra: dict[str, str | None] = msgspec.field(default_factory=dict)
    paths: tuple[str, ...] = ()
    reason: str = "manual"
    flags: frozenset[str] = frozenset()
    scheduled: bool = False
    queued: float = 0.0
    started: float = 0.0
    ended: float = 0.0
    state: State = "waiting"
    parsed: str = ""
    error: str = ""
    error_id: str = ""
    stopping: StopKind | Literal[""] = ""
    ending: bool = False
    stop: StopRequest = msgspec.field(default_factory=StopRequest)
    scope: trio.CancelScope = msgspec.field(default_factory=trio.CancelScope)
    report: Report | None = None
    finished: trio.Event = msgspec.field(default_factory=trio.Event)

    def __repr__(self) -> str:
        return f"Task({self.id}, {self.operation}, {self.backup.name})"

    @property
    def line(self) -> TaskLine:
        return TaskLine(
            self.id,
            self.operation,
            self.backup.id,
            self.backup.name,
            self.state,
            self.reason,
            self.queued,
            self.started,
            self.ended,
            self.parsed,
            self.error,
            self.error_id,
        )


class TaskQueue:
    """`run` runs a task to its end and writes into it how it ended; it raises nothing but cancellation.

    `changed` is called whenever a task is added, begins or ends.
    """

    def __init__(
        self, run: Callable[[Task], Awaitable[None]], changed: Callable[[], None], now: Callable[[], float]
    ) -> None:
        self._run = run
        self._changed = changed
        self._now = now
        self._news = trio.Event()
        self._held = False
        self._closed = False
        self._last_id = 1  # the first task of Duplicati has number 2
        self.running: Task | None = None
        self.waiting: list[Task] = []
        self.done: deque[Task] = deque(maxlen=_KEPT)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def add(self, task: Task, *, first: bool = False) -> Task:
        """At the end of the queue, or in front of all that wait."""
        task.queued = self._now()
        self.waiting.insert(0 if first else len(self.waiting), task)
        self._tell()
        return task

    def hold(self, held: bool) -> None:
        """While held nothing is begun."""
        self._held = held
        self._news.set()

    def find(self, number: int) -> Task | None:
        return next((task for task in self if task.id == number), None)

    def active(self, backup_id: str, operation: str = "") -> Task | None:
        """The task of a backup that runs or waits."""
        tasks = [*([self.running] if self.running else []), *self.waiting]
        return next(
            (
                task
                for task in tasks
                if task.backup.id == backup_id and operation in ("", task.operation)
            ),
            None,
        )

    def __iter__(self) -> Iterator[Task]:
        """Running, waiting, then ended ones, newest first."""
        if self.running is not None:
            yield self.running
        yield from self.waiting
        yield from reversed(self.done)

    def stop(self, task: Task, kind: StopKind) -> None:
        """A waiting task leaves the queue, a running one ends in the way asked for."""
        if task in self.waiting:
            self.waiting.remove(task)
            self._end(task, "Stopped")
            return
        if task is not self.running:
            return
        task.stopping = kind
        match kind:
            case "after-file":
                task.stop.after_file()
            case "now":
                task.stop.now()
            case "abort":
                task.scope.cancel()
        self._tell()

    def reorder(self, numbers: Sequence[int]) -> None:
        """Puts waiting tasks in this order in front of those that are not named; of the others nothing."""
        wanted = {number: place for place, number in reversed(list(enumerate(numbers)))}
        self.waiting.sort(key=lambda task: wanted.get(task.id, len(numbers)))
        self._tell()

    def lines(self) -> list[TaskLine]:
        """Running and waiting ones."""
        tasks = [*([self.running] if self.running else []), *self.waiting]
        return [task.line for task in tasks]

    async def serve(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> NoReturn:
        """Runs what is added, one after the other."""
        task_status.started()
        while True:
            if not self.waiting or self._held or self._closed:
                self._news = trio.Event()
                await self._news.wait()
                continue
            task = self.waiting.pop(0)
            task.state, task.started = "running", self._now()
            self.running = task
            self._tell()
            try:
                await self._run(task)
            finally:
                self.running = None
                self._end(task, task.parsed or "Stopped")

    async def shut_down(self, patience: float = math.inf) -> None:
        """Begins nothing any more, aborts what runs, and waits for its end, `patience` seconds at most;
        scripts and reports at its end have as long."""
        self._closed = True
        task = self.running
        if task is None:
            return
        if not task.ending:
            self.stop(task, "abort")
        with trio.move_on_after(patience):
            await task.finished.wait()
            return
        self.stop(task, "abort")

    def _end(self, task: Task, parsed: str) -> None:
        task.parsed, task.ended = parsed, self._now()
        task.state = "failed" if task.error else "completed"
        task.report = None
        self.done.append(task)
        task.finished.set()
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._changed()
