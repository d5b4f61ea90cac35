"""The live log: the newest lines in memory, more of them while someone is looking (spec/server.md 3.11)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from triplicati.messages.log import LogLine, format_line, rank
from triplicati.messages.records import Problems, ProblemSample

_USUAL, _WATCHED = 30, 5000
# Seconds that a poll keeps the longer log and its level.
_PATIENCE = 30.0
_RUN_LINES = 5000
# Kinds of problems in a run, and of each the ones that are told.
_GROUPS, _SAMPLES = 200, 100
# What an operation writes when it fails, whatever made it fail.
_FAILED = "FailedOperation"


class LiveLine(msgspec.Struct, frozen=True):
    """`id` rises by one with each line; `backup_id` "" and `task_id` 0 for what concerns no backup."""

    id: int
    line: LogLine
    backup_id: str = ""
    task_id: int = 0


class LiveLog:
    """`now` gives seconds of any clock that goes forward."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lines: deque[LiveLine] = deque(maxlen=_WATCHED)
        self._last = 0
        self._level = rank("Information")
        self._until = -1.0
        # They get every line, whatever is kept of them here.
        self.listeners: list[Callable[[LogLine], object]] = []

    def add(self, line: LogLine, backup_id: str = "", task_id: int = 0) -> None:
        for listener in self.listeners:
            listener(line)
        watched = self._now() < self._until
        if rank(line.level) < (self._level if watched else rank("Information")):
            return
        self._last += 1
        self._lines.append(LiveLine(self._last, line, backup_id, task_id))
        while not watched and len(self._lines) > _USUAL:
            self._lines.popleft()

    @property
    def watched(self) -> bool:
        """Whether anyone asked lately."""
        return self._now() < self._until

    def poll(self, level: str, after: int, count: int) -> list[LiveLine]:
        """The newest `count` lines of at least this level with a number above `after`, oldest first."""
        self._level, self._until = rank(level), self._now() + _PATIENCE
        wanted = [
            each for each in self._lines if each.id > after and rank(each.line.level) >= rank(level)
        ]
        return wanted[-count:]


class RunLog:
    """The lines of one run that are kept with its result: the first and the last ones, if there are many."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=_RUN_LINES)
        self._count = 0
        self.messages: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []
        self._problems: dict[tuple[str, str], Problems] = {}

    @property
    def problems(self) -> list[Problems]:
        """Warnings and errors by their ids, in the order in which they came up."""
        return list(self._problems.values())

    def add(self, line: LogLine) -> None:
        if rank(line.level) < rank("Retry"):
            return
        text = format_line(line)
        self._count += 1
        (self._first if len(self._first) < _RUN_LINES else self._last).append(text)
        for level, texts in (("Warning", self.warnings), ("Error", self.errors)):
            if line.level == level:
                self._group(line)
                if len(texts) < _RUN_LINES:
                    texts.append(text)
        if line.level in ("Information", "Retry", "DryRun") and len(self.messages) < _RUN_LINES:
            self.messages.append(text)

    def name_failure(self, error_id: str, message: str) -> None:
        """Groups the end of a run that failed by what made it fail, so that it can be explained."""
        if group := self._problems.pop(("Error", _FAILED), None):
            known = self._problems.setdefault(("Error", error_id), Problems("Error", error_id))
            known.count += group.count
            known.samples.append(ProblemSample(message, ""))

    def _group(self, line: LogLine) -> None:
        group = self._problems.get((line.level, line.id))
        if group is None:
            if len(self._problems) >= _GROUPS:
                return
            group = self._problems[line.level, line.id] = Problems(line.level, line.id)
        group.count += 1
        if len(group.samples) < _SAMPLES:
            group.samples.append(ProblemSample(line.text, line.path))

    def lines(self) -> list[str]:
        left_out = self._count - len(self._first) - len(self._last)
        return [*self._first, *([f"... {left_out} lines left out ..."] if left_out else []), *self._last]
