"""The state topics of the event stream, as they are now (`messages.live`)."""

from __future__ import annotations

import math

from triplicati import __version__
from triplicati.config.server.masking import mask_url
from triplicati.messages.live import BackupLine, Planned, ServerLine
from triplicati.messages.saved import SavedBackup
from triplicati.runner.pausing import Pause
from triplicati.runner.scheduler import Scheduler


def server_line(
    pause: Pause, *, stopping: bool, zone: str, started: float, has_warning: bool, has_error: bool
) -> ServerLine:
    until = pause.until
    return ServerLine(
        state="Stopping" if stopping else "Paused" if pause.paused else "Running",
        paused_until=-1.0 if until is None else 0.0 if math.isinf(until) else until,
        version=__version__,
        zone=zone,
        started=started,
        has_warning=has_warning,
        has_error=has_error,
    )


def backup_line(backup: SavedBackup) -> BackupLine:
    schedule = backup.schedule
    return BackupLine(
        backup.id,
        backup.name,
        backup.description,
        mask_url(backup.target_url),
        schedule is not None,
        schedule is not None and schedule.paused,
        backup.metadata,
    )


def planned_lines(scheduler: Scheduler) -> list[Planned]:
    """By due time; why each waits is what was decided of it last."""
    overdue = {each.backup_id for each in scheduler.overdue()}
    latest = {each.backup_id: each for each in scheduler.decisions()}
    lines = []
    for backup_id, due in scheduler.proposed():
        decision = latest.get(backup_id)
        reason, text = (decision.reason, decision.text) if decision is not None else ("", "")
        lines.append(Planned(backup_id, due, reason, text, backup_id in overdue))
    return lines
