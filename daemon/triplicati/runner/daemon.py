"""The living daemon: store, events, queue and scheduler, and what every face of it (API, page, tray) asks."""

from __future__ import annotations

import math
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import trio

from triplicati import __version__
from triplicati.config.datafolder import DataFolder
from triplicati.config.server.store import Store
from triplicati.config.sign_in import SignIn, SignInOptions
from triplicati.engine.temporary import prefix
from triplicati.errors import BackupNotFound, OperationNotAvailable, TriplicatiError
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
from triplicati.runner.clock import Clock, SystemClock, zone_of
from triplicati.runner.command_runs import CommandRuns
from triplicati.runner.configuration_issues import watch_configuration
from triplicati.runner.deciding import Decision
from triplicati.runner.events import Hub
from triplicati.runner.kept import Kept
from triplicati.runner.logs import LiveLog
from triplicati.runner.ordering import defaults_of, job_environment, order_for
from triplicati.runner.overdue import tell_overdue
from triplicati.runner.pause_memory import remember_pause, restore_pause
from triplicati.runner.pausing import Pause
from triplicati.runner.publishing import Publisher
from triplicati.runner.removing import bare_removal, removal
from triplicati.runner.report_files import report_work
from triplicati.runner.running import Runner
from triplicati.runner.schedule_bridge import ScheduledJobs, ScheduledQueue
from triplicati.runner.scheduler import Scheduler, serve_scheduler
from triplicati.runner.speed import Limits
from triplicati.runner.tasks import StopKind, Task, TaskQueue
from triplicati.runner.upkeep import keep_house, settle_interrupted
from triplicati.runner.works import NOT_AVAILABLE

_DAY = 86400.0
# Minutes that a sign-in lasts where nothing else is said (spec/server.md 2.2).
_REMEMBERED = 43200
_TAG = "Duplicati.Server.Program"


class DaemonSettings(msgspec.Struct, kw_only=True, frozen=True):
    """What the command line says to the daemon itself. `log_retention` and `patience`, for what runs when the
    daemon stops, in seconds; `usual` options hold for jobs that say nothing else, `forced` ones whatever a
    job says."""

    folder: DataFolder
    environment: Mapping[str, str]
    program: Path
    log_retention: float = 30 * 86400.0
    origin: str = "Server"
    zone: str = ""
    patience: float = 10.0
    usual: Mapping[str, str] = {}
    forced: Mapping[str, str] = {}
    sign_in: SignInOptions = msgspec.field(default_factory=SignInOptions)


class Counters(msgspec.Struct):
    """Numbers that clients compare with the ones they saw last (spec/server.md 3.7)."""

    events: int = 0
    data: int = 0
    notifications: int = 0


class Daemon:
    """Made by `running_daemon`. Public attributes are for the faces of the daemon to read."""

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
            ended=self._ended,
            now=clock.now,
            usual=settings.usual,
            forced=settings.forced,
            extra_works={
                "Delete": removal(store, self.remove_temporary),
                "CreateReport": report_work(store, settings.folder.path, clock.now),
            },
            bare_work=bare_removal(store, self.remove_temporary),
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
                "backups": self.backup_lines,
                "schedule": self._planned,
                "notifications": store.notifications,
                "settings": self._settings_changed,
            },
            lambda error: self.say("Error", error.id, str(error)),
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

    def remove_temporary(self, backup_id: str) -> None:
        self._temporary.pop(backup_id, None)

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
            raise OperationNotAvailable(operation="Sync")
        active = self.queue.active(backup_id, operation) if operation == "Backup" else None
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

    # --- what it hears ------------------------------------------------------------------------------------

    def _show(self, live: LiveProgress) -> None:
        self.progress = live
        self.hub.state("progress", live)

    async def _ended(self, task: Task, kept: Kept) -> None:
        backup = task.backup
        schedule = backup.schedule
        if schedule is not None and task.operation == "Backup":
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
        if task.scheduled:
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

    # --- what it tells ------------------------------------------------------------------------------------

    async def _server_line(self) -> ServerLine:
        until = self.pause.until
        return ServerLine(
            state="Stopping" if self.stopping else "Paused" if self.pause.paused else "Running",
            paused_until=-1.0 if until is None else 0.0 if math.isinf(until) else until,
            version=__version__,
            zone=str(self._zone),
            started=self.started,
            has_warning=self.has_warning,
            has_error=self.has_error,
        )

    async def _task_lines(self) -> list[TaskLine]:
        return self.queue.lines()

    async def backup_lines(self) -> list[BackupLine]:
        from triplicati.config.server.masking import mask_url  # noqa: PLC0415

        return [
            BackupLine(
                each.id,
                each.name,
                each.description,
                mask_url(each.target_url),
                each.schedule is not None,
                each.schedule is not None and each.schedule.paused,
                each.metadata,
            )
            for each in await self.store.backups()
        ]

    async def _planned(self) -> list[Planned]:
        overdue = {each.backup_id for each in self.scheduler.overdue()}
        latest = {each.backup_id: each for each in self.scheduler.decisions()}
        return [
            Planned(
                backup_id,
                due,
                latest[backup_id].reason if backup_id in latest else "",
                latest[backup_id].text if backup_id in latest else "",
                backup_id in overdue,
            )
            for backup_id, due in self.scheduler.proposed()
        ]

    async def _settings_changed(self) -> int:
        await self.settings_changed()
        self.publisher.stale("server")
        return self.counters.data


@asynccontextmanager
async def running_daemon(
    settings: DaemonSettings, store: Store, clock: Clock | None = None, log: LiveLog | None = None
) -> AsyncIterator[Daemon]:
    """The daemon with its services running. At the end what runs is aborted and waited for."""
    daemon = Daemon(settings, store, clock or SystemClock(), log or LiveLog(trio.current_time))
    await daemon.sign_in.prepare()
    await daemon.settings_changed()
    resumable = await settle_interrupted(store, daemon.clock.now())
    await restore_pause(store, daemon.pause, daemon.clock.now())
    try:
        async with _scratch_folder(daemon), trio.open_nursery() as services:
            await services.start(daemon.hub.flush_in_time)
            await services.start(daemon.publisher.serve)
            async with trio.open_nursery() as working:
                await working.start(daemon.queue.serve)
                await working.start(daemon.pause.resume_in_time)
                await working.start(remember_pause, store, daemon.pause)
                for run in resumable:
                    await _resume(daemon, run.backup_id)
                await working.start(tell_overdue, store, daemon.scheduler)
                await working.start(serve_scheduler, daemon.scheduler)
                await working.start(watch_configuration, store)
                await working.start(daemon.commands.serve)
                await working.start(
                    keep_house, store, settings.log_retention, _longest_session(settings), daemon.clock.now
                )
                try:
                    yield daemon
                finally:
                    daemon.begin_stopping()
                    with trio.CancelScope(shield=True):
                        await daemon.queue.shut_down(settings.patience)
                    working.cancel_scope.cancel()
            daemon.hub.close()
            services.cancel_scope.cancel()
    finally:
        store.changed.remove(daemon._store_changed)


@asynccontextmanager
async def _scratch_folder(daemon: Daemon) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory(prefix=prefix(), ignore_cleanup_errors=True) as folder:
        daemon.scratch = Path(folder)
        yield


def _longest_session(settings: DaemonSettings) -> float:
    return (settings.sign_in.remember_minutes or _REMEMBERED) * 60.0 + _DAY


async def _resume(daemon: Daemon, backup_id: str) -> None:
    try:
        task = await daemon.start(backup_id, "Backup", reason="resume")
    except TriplicatiError:
        return  # it was deleted meanwhile
    daemon.say("Information", "RunResumed", f"{task.backup.name}: the run that was cut off goes on.")
