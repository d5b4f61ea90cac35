"""Pause and resume: of the queue, of what runs, and of its transfers (spec/server.md 5.3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NoReturn

import trio

from triplicati.runner.tasks import Task

# Seconds between two looks at the wall clock: trio's stands still while the machine sleeps.
_LOOK = 60.0


class Pause:
    """`until` in Unix seconds: None while running, infinity for until resumed. `transfers`: these wait too.

    `changed` is called after each change, in the trio thread, and `news` is set then.
    """

    def __init__(self, now: Callable[[], float], changed: Callable[[], None] = lambda: None) -> None:
        self._now = now
        self.changed = changed
        self.until: float | None = None
        self.transfers = False
        self.news = trio.Event()

    @property
    def paused(self) -> bool:
        return self.until is not None

    @property
    def transfers_paused(self) -> bool:
        return self.paused and self.transfers

    def pause(self, seconds: float | None = None, *, transfers: bool = False) -> None:
        """For so long, or until resumed."""
        self.pause_until(math.inf if seconds is None else self._now() + seconds, transfers=transfers)

    def pause_until(self, moment: float, *, transfers: bool = False) -> None:
        self.until, self.transfers = moment, transfers
        self._tell()

    def resume(self) -> None:
        self.until, self.transfers = None, False
        self._tell()

    async def hold(self, task: Task) -> None:
        """Returns at once while nothing is paused; else when it is over, or the task is to stop."""
        while self.paused and not task.stop.wanted:
            await self.news.wait()

    def look_again(self) -> None:
        """Wakes who waits: a task was told to stop."""
        self._wake()

    async def resume_in_time(
        self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> NoReturn:
        """Ends a pause when its time has come by the wall clock."""
        task_status.started()
        while True:
            news = self.news
            if self.until is None or math.isinf(self.until):
                await news.wait()
            elif (left := self.until - self._now()) <= 0:
                self.resume()
            else:
                with trio.move_on_after(min(left, _LOOK)):
                    await news.wait()

    def _tell(self) -> None:
        self._wake()
        self.changed()

    def _wake(self) -> None:
        news, self.news = self.news, trio.Event()
        news.set()
