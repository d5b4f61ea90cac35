"""The living daemon: store, events, queue and scheduler, and what every face of it (API, page, tray) asks."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import trio

from triplicati.config.server.store import Store
from triplicati.config.sign_in import SignIn
from triplicati.errors import BackupNotFound, OperationNotAvailable
from triplicati.messages.live import (
    BackupLine,
    Decided,
    LiveProgress,
    Planned,
    RunEnded,
    ServerLine,
    TaskLine,
)
from triplicati.messages.log import LogLine
from triplicati.messages.progress import Report
from triplicati.messages.saved import SavedBackup
from triplicati.operations.order import Order
from triplicati.runner.clock import Clock, zone_of
from triplicati.runner.command_runs import CommandRuns
from triplicati.runner.daemon_settings import Counters, DaemonSettings
from triplicati.runner.deciding import Decision
from triplicati.runner.events import Hub
from triplicati.runner.failures import details_of, identity_of, sentence_of
from triplicati.runner.kept import Kept
from triplicati.runner.lines import backup_line, planned_lines, server_line
from triplicati.runner.logs import LiveLog
from triplicati.runner.ordering import defaults_of, job_environment, order_for
from triplicati.runner.pausing import Pause
from triplicati.runner.publishing import Publisher
from triplicati.runner.reencrypting import reencryption
from triplicati.runner.removing import bare_removal, removal
from triplicati.runner.report_files import report_work
from triplicati.runner.running import Runner
from triplicati.runner.schedule_bridge import ScheduledJobs, ScheduledQueue
from triplicati.runner.scheduler import Scheduler
from triplicati.runner.speed import Limits
from triplicati.runner.tasks import MAIN, StopKind, Task, TaskQueue
from triplicati.runner.works import NOT_AVAILABLE

_DAY = 86400.0
_DOWNLOADS = 3
# Minutes that a sign-in lasts where nothing else is said (spec/server.md 2.2).
_REMEMBERED = 43200
_TAG = "Duplicati.Server.Program"


class Daemon:
    """Made by `living.running_daemon`. Public attributes are for the faces of the daemon to read."""

    def __init__(self, settings: DaemonSettings, store: Store, clock: Clock, log: LiveLog) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.sign_in = SignIn(store, clock.now, settings.sign_in)
        self.started = clock.now()
        self.hub = Hub(clock.now)
        self.counters = Counters()
        self.log = log
        self.limits = Limits()
        self.pause = Pause(clock.now)
        self.progress: LiveProgress | None = None
        self.changed_events = trio.Event()
        self.stopping = False
        # Each restores to temporary files first; more at once would only share the room and the line.
        self.downloads = trio.CapacityLimiter(_DOWNLOADS)
        self.scratch = Path(tempfile.gettempdir())
        self.environment = job_environment(settings.environment)
        self.commands = CommandRuns(self.environment, settings.folder.path)
        self._temporary: dict[str, SavedBackup] = {}
        self._zone: ZoneInfo = zone_of("", lambda _: None)
        self._flags = {"unacked-error": False, "unacked-warning": False}
        self.runner = Runner(
            store=store,
            log=self.log,
            pause=self.pause,
            limits=self.limits,
            environment=self.environment,
            program=settings.program,
            show=self._show,
            began=self._began,
            ended=self._ended,
            now=clock.now,
            usual=settings.usual,
            forced=settings.forced,
            extra_works={
                "Delete": removal(store, self.forget_backup),
                "ReEncrypt": reencryption(store),
                "CreateReport": report_work(store, settings.folder.path, clock.now),
            },
            bare_work=bare_removal(store, self.forget_backup),
        )
        self.queue = TaskQueue(self.runner.run, self._queue_changed, clock.now)
        bridge = ScheduledQueue(self.queue, self.pause, self.start)
        self.scheduler = Scheduler(
            ScheduledJobs(store),
            bridge,
            clock,
            lambda: self._zone,
            last_successes=store.last_successes,
            report=self._decided,
        )
        self.publisher = Publisher(
            self.hub,
            {
                "server": self._server_line,
                "tasks": self._task_lines,
                "backups": self._backup_lines,
                "schedule": self._planned_lines,
                "notifications": store.notifications,
                "settings": self._settings_changed,
            },
            self._untold,
        )
        store.changed.append(self._store_changed)
        self.pause.changed = self._pause_changed

    # --- backups ------------------------------------------------------------------------------------------

    async def backups(self) -> list[SavedBackup]:
        """Saved ones; temporary ones are found by their id only."""
        return await self.store.backups()

    async def backup(self, backup_id: str) -> SavedBackup:
        """Saved or temporary. Raises `BackupNotFound`."""
        found = self._temporary.get(backup_id)
        if found is None and backup_id.isdecimal():
            found = await self.store.backup(backup_id)
        if found is None:
            raise BackupNotFound(id=backup_id)
        return found

    def add_temporary(self, backup: SavedBackup) -> SavedBackup:
        """Keeps a backup in memory, with a local database that goes with the daemon unless it has one."""
        identity = str(uuid.uuid4())
        path = backup.db_path or str(self.scratch / f"{identity}.sqlite")
        self._temporary[identity] = msgspec.structs.replace(backup, id=identity, db_path=path, schedule=None)
        return self._temporary[identity]

    def replace_temporary(self, backup: SavedBackup) -> None:
        self._temporary[backup.id] = backup

    def forget_backup(self, backup_id: str) -> None:
        """It was deleted: what waits for it would bring its volumes back."""
        self._temporary.pop(backup_id, None)
        for task in [each for each in self.queue.waiting if each.backup.id == backup_id]:
            self.stop(task, "abort")

    # --- tasks --------------------------------------------------------------------------------------------

    async def start(
        self,
        backup_id: str,
        operation: str,
        *,
        extra: Mapping[str, str | None] | None = None,
        paths: tuple[str, ...] = (),
        flags: frozenset[str] = frozenset(),
        reason: str = "manual",
        first: bool = False,
        scheduled: bool = False,
    ) -> Task:
        """Adds a task to the queue; a backup that runs or waits already is given instead (spec 5.7).

        Raises `BackupNotFound`, and `OperationNotAvailable` for what does not exist yet.
        """
        if operation in NOT_AVAILABLE:
            raise OperationNotAvailable(operation=operation)
        backup = await self.backup(backup_id)
        if operation == "Backup" and backup.operation_type == "Sync":
            operation = "Sync"
        active = self.queue.active(backup_id, operation) if operation in MAIN else None
        if active is not None:
            return active
        task = Task(
            id=self.queue.next_id(),
            operation=operation,
            backup=backup,
            extra=dict(extra or {}),
            paths=paths,
            flags=flags,
            reason=reason,
            scheduled=scheduled,
        )
        return self.queue.add(task, first=first)

    def stop(self, task: Task, kind: StopKind) -> None:
        self.queue.stop(task, kind)
        self.pause.look_again()

    async def order(
        self,
        backup: SavedBackup,
        operation: str,
        *,
        extra: Mapping[str, str | None] | None = None,
        paths: tuple[str, ...] = (),
    ) -> Order:
        """For what is answered at once, beside whatever runs. Raises what wrong options raise."""
        return await order_for(
            backup,
            operation,
            defaults=await defaults_of(self.store, self.settings.usual, self.settings.forced),
            extra=extra or {},
            paths=paths,
            report=lambda values, resolved: Report(),
            environment=self.environment,
            program=self.settings.program,
            memory=self.runner.memory,
        )

    # --- state --------------------------------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo:
        """That of the server's schedules."""
        return self._zone

    @property
    def has_error(self) -> bool:
        return self._flags["unacked-error"]

    @property
    def has_warning(self) -> bool:
        return self._flags["unacked-warning"]

    def say(self, level: str, identity: str, text: str, details: str = "") -> None:
        """A line of the server's own log."""
        self.log.add(LogLine(self.clock.now(), level, _TAG, identity, text, details))

    async def event_after(self, number: int) -> None:
        """Returns when the counter of events is no longer `number`."""
        while self.counters.events == number and not self.stopping:
            await self.changed_events.wait()

    async def settings_changed(self) -> None:
        """Takes up what the settings say: zone, speed limits."""
        store = self.store
        zone = self.settings.zone or await store.setting("server-timezone")
        self._zone = zone_of(zone, lambda text: self.say("Warning", "UnknownTimeZone", text))
        self.limits.set(await store.setting("max-upload-speed"), await store.setting("max-download-speed"))
        for name in self._flags:
            self._flags[name] = (await store.setting(name)) == "True"
        self.scheduler.poke()

    def begin_stopping(self) -> None:
        """Who waits for news gets the last ones."""
        if not self.stopping:
            self.stopping = True
            self.publisher.stale("server")
            self._event()

    def forget_store(self) -> None:
        """The store may live on without it."""
        self.store.changed.remove(self._store_changed)

    # --- what it hears ------------------------------------------------------------------------------------

    def _show(self, live: LiveProgress) -> None:
        self.progress = live
        self.hub.state("progress", live)

    def _began(self, task: Task) -> None:
        self.hub.event("run-started", task.line)

    async def _ended(self, task: Task, kept: Kept) -> None:
        backup = task.backup
        schedule = backup.schedule
        if schedule is not None and task.operation in MAIN:
            await self._keep_schedule(task)
        message = task.error or {"Stopped": "It was stopped."}.get(task.parsed, "")
        seconds = max(kept.end - kept.begin, 0.0)
        url = f"/#/backup/{backup.id}/log"
        self.hub.event(
            "run-ended",
            RunEnded(task.id, backup.id, backup.name, task.operation, task.parsed, message, seconds, url),
        )

    async def _keep_schedule(self, task: Task) -> None:
        """A run by hand moves nothing, but nobody is late whose last run went well."""
        backup = await self.store.backup(task.backup.id)
        if backup is None or backup.schedule is None:
            return  # taken away meanwhile
        now = int(self.clock.now())
        if task.parsed in ("Success", "Warning"):
            await self.store.set_schedule_state(backup.id, last_success=now)
        if task.scheduled and not (self.stopping and task.parsed == "Stopped"):
            # What the end of the daemon cut off is still due when it is back.
            after = self.scheduler.after_run(backup.schedule, int(task.started), now)
            await self.store.set_schedule_state(
                backup.id, time=after.time, wall=after.wall, last_run=after.last_run
            )

    def _queue_changed(self) -> None:
        self.publisher.stale("tasks", "server")
        self._event()
        self.scheduler.poke()

    def _pause_changed(self) -> None:
        self.queue.hold(self.pause.paused)
        self.publisher.stale("server")
        self._event()
        self.scheduler.poke()

    def _store_changed(self, kind: str) -> None:
        if kind == "notifications":
            self.counters.notifications += 1
            self.publisher.stale("notifications", "settings", "server")
        else:
            self.counters.data += 1
            self.publisher.stale("settings" if kind == "settings" else "backups", "schedule")
            self.scheduler.poke()
        self._event()

    def _decided(self, decision: Decision) -> None:
        self.hub.event(
            "decision",
            Decided(decision.time, decision.backup_id, decision.action, decision.reason, decision.text),
        )
        self.say("Information", decision.reason, decision.text)
        self.publisher.stale("schedule")

    def _event(self) -> None:
        self.counters.events += 1
        event, self.changed_events = self.changed_events, trio.Event()
        event.set()

    def _untold(self, topic: str, error: Exception) -> None:
        text = f'The news of "{topic}" could not be told: {sentence_of(error)}'
        self.say("Error", identity_of(error), text, details_of(error))

    # --- what it tells ------------------------------------------------------------------------------------

    async def _server_line(self) -> ServerLine:
        return server_line(
            self.pause,
            stopping=self.stopping,
            zone=str(self._zone),
            started=self.started,
            has_warning=self.has_warning,
            has_error=self.has_error,
        )

    async def _task_lines(self) -> list[TaskLine]:
        return self.queue.lines()

    async def _backup_lines(self) -> list[BackupLine]:
        return [backup_line(each) for each in await self.store.backups()]

    async def _planned_lines(self) -> list[Planned]:
        return planned_lines(self.scheduler)

    async def _settings_changed(self) -> int:
        await self.settings_changed()
        self.publisher.stale("server")
        return self.counters.data
