"""The state of the server as Duplicati's clients know it (spec/server.md 3.7)."""

from __future__ import annotations

import contextlib
import math
from datetime import UTC, datetime

from triplicati.messages.api_state import UNSET, Proposed, ServerStatus, TaskOfBackup
from triplicati.runner.daemon import Daemon


def server_status(daemon: Daemon) -> ServerStatus:
    queue, counters = daemon.queue, daemon.counters
    running, paused = queue.running, daemon.pause.paused
    return ServerStatus(
        active_task=TaskOfBackup(running.id, running.backup.id) if running else None,
        program_state="Paused" if paused else "Running",
        scheduler_queue_ids=[TaskOfBackup(task.id, task.backup.id) for task in queue.waiting],
        proposed_schedule=_proposed(daemon.scheduler.proposed()),
        has_warning=daemon.has_warning,
        has_error=daemon.has_error,
        suggested_status_icon=_icon(daemon, active=running is not None, paused=paused),
        estimated_pause_end=_pause_end(daemon.pause.until),
        last_event_id=counters.events,
        last_data_update_id=counters.data,
        last_notification_update_id=counters.notifications,
    )


def moment_of(seconds: float) -> datetime:
    """An aware time in UTC; raises `OverflowError`, `ValueError` or `OSError` out of range."""
    return datetime.fromtimestamp(seconds, UTC)


def _proposed(found: list[tuple[str, int]]) -> list[Proposed]:
    proposed = []
    for backup_id, due in found:
        with contextlib.suppress(OverflowError, ValueError, OSError):
            proposed.append(Proposed(backup_id, moment_of(due)))
    return proposed


def _pause_end(until: float | None) -> datetime:
    if until is None or math.isinf(until):
        return UNSET
    try:
        return moment_of(until)
    except (OverflowError, ValueError, OSError):
        return UNSET


def _icon(daemon: Daemon, *, active: bool, paused: bool) -> str:
    if active:
        return "ActivePaused" if paused else "Active"
    if paused:
        return "Paused"
    if daemon.has_error:
        return "ReadyError"
    return "ReadyWarning" if daemon.has_warning else "Ready"
