"""What the scheduler asks of the rest of the daemon, and what comes of a scheduled run."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence

from triplicati.config.server.store import Store
from triplicati.errors import TriplicatiError
from triplicati.messages.saved import SavedBackup
from triplicati.runner.metadata import stamp
from triplicati.runner.pausing import Pause
from triplicati.runner.tasks import MAIN, Task, TaskQueue

Start = Callable[..., Awaitable[Task]]


class ScheduledJobs:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def scheduled(self) -> Sequence[SavedBackup]:
        return [backup for backup in await self._store.backups() if backup.schedule is not None]

    async def defaults(self) -> Mapping[str, str]:
        return await self._store.application_options()


class ScheduledQueue:
    """`start` adds a task to the queue."""

    def __init__(self, queue: TaskQueue, pause: Pause, start: Start) -> None:
        self._queue = queue
        self._pause = pause
        self._start = start

    async def add_scheduled(self, backup_id: str, next_due: int | None, reason: str) -> bool:
        extra = {} if next_due is None else {"next-scheduled-run": stamp(next_due)}
        try:
            await self._start(backup_id, "Backup", extra=extra, reason=reason, scheduled=True)
        except TriplicatiError:
            return False  # taken away meanwhile, or of a kind that does not exist yet
        return True

    def is_active(self, backup_id: str) -> bool:
        return any(self._queue.active(backup_id, operation) is not None for operation in MAIN)

    def pause_end(self) -> int | None:
        until = self._pause.until
        return None if until is None else 0 if math.isinf(until) else int(until)
