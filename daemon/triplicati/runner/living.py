"""The daemon from its start to its end: services in nurseries, nested by how long they live."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from triplicati.config.server.store import Store
from triplicati.engine.temporary import prefix
from triplicati.errors import TriplicatiError
from triplicati.runner.clock import Clock, SystemClock
from triplicati.runner.configuration_issues import watch_configuration
from triplicati.runner.daemon import Daemon
from triplicati.runner.daemon_settings import DaemonSettings
from triplicati.runner.logs import LiveLog
from triplicati.runner.overdue import tell_overdue
from triplicati.runner.pause_memory import remember_pause, restore_pause
from triplicati.runner.scheduler import serve_scheduler
from triplicati.runner.upkeep import keep_house, settle_interrupted


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
                    keep_house, store, settings.log_retention, settings.longest_session, daemon.clock.now
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
        daemon.forget_store()


@asynccontextmanager
async def _scratch_folder(daemon: Daemon) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory(prefix=prefix(), ignore_cleanup_errors=True) as folder:
        daemon.scratch = Path(folder)
        yield


async def _resume(daemon: Daemon, backup_id: str) -> None:
    try:
        backup = await daemon.backup(backup_id)
        due = backup.schedule is not None and backup.schedule.time <= daemon.clock.now()
        task = await daemon.start(backup_id, "Backup", reason="resume", scheduled=due)
    except TriplicatiError:
        return  # it was deleted meanwhile
    daemon.say("Information", "RunResumed", f"{task.backup.name}: the run that was cut off goes on.")
