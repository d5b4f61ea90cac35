"""Busy times of the stages of a running operation, from which the bottleneck is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import msgspec


class StageMeter(msgspec.Struct):
    """Seconds that the members of `crew` worked on one stage, or were there at all, added up.

    `open` is work that has not ended, by the identity of who does it: a stage that takes a minute for one
    piece is busy during that minute and not only after it. Written by one thread, read by any.
    """

    crew: str = ""
    spent: float = 0.0
    open: dict[int, float] = msgspec.field(default_factory=dict)

    def begin(self, member: object) -> None:
        self.open[id(member)] = perf_counter()

    def end(self, member: object) -> None:
        """Counts what was begun, if it was."""
        since = self.open.pop(id(member), None)
        if since is not None:
            self.spent += perf_counter() - since

    def forget(self, member: object) -> None:
        """Takes back what was begun: the member itself knows better, and what it says is added."""
        self.open.pop(id(member), None)

    def add(self, seconds: float) -> None:
        self.spent += seconds

    @contextmanager
    def working(self) -> Iterator[None]:
        member = object()
        self.begin(member)
        try:
            yield
        finally:
            self.end(member)

    def seconds(self, now: float) -> float:
        """At `now` of `time.perf_counter`."""
        return self.spent + sum(now - since for since in list(self.open.values()))


class Meters(msgspec.Struct):
    """`stages` by name, and how long the members of each crew were there. A member is a task, thread or
    process that does one thing at a time, and may go through several stages in turn."""

    stages: dict[str, StageMeter] = msgspec.field(default_factory=dict)
    crews: dict[str, StageMeter] = msgspec.field(default_factory=dict)

    def stage(self, name: str, crew: str) -> StageMeter:
        return self.stages.setdefault(name, StageMeter(crew))

    @contextmanager
    def member(self, crew: str) -> Iterator[None]:
        """One more of the crew while the body runs."""
        with self.crews.setdefault(crew, StageMeter()).working():
            yield
