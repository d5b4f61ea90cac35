"""The runs of a backup by days of the calendar, for a strip that shows a month at a glance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from triplicati.messages.previews import BackupDays, DayOfRuns, RunSummary
from triplicati.messages.records import Run
from triplicati.messages.saved import SavedBackup
from triplicati.runner.clock import zone_of
from triplicati.runner.daemon import Daemon
from triplicati.runner.run_rows import run_row

_PIECE = 200
_RUNNING = "Running"
_WORST_FIRST = ("Fatal", "Error", "Stopped", "Warning", _RUNNING, "Success", "")
_ENDED_FIRST = ("Fatal", "Error", "Warning", "Success", "Stopped", _RUNNING, "")


async def run_summary(daemon: Daemon, backup: SavedBackup, days: int) -> RunSummary:
    """The last `days` days in the zone of the backup's schedule, today included."""
    zone, found = await _summed(daemon, backup, days, _WORST_FIRST, None)
    return RunSummary(str(zone), found)


async def backup_days(daemon: Daemon, backup: SavedBackup, days: int) -> BackupDays:
    """As `run_summary`, of its backups alone: a day with one that ended is as good as the worst of these."""
    zone, found = await _summed(daemon, backup, days, _ENDED_FIRST, "Backup")
    return BackupDays(backup.id, str(zone), found)


async def _summed(
    daemon: Daemon, backup: SavedBackup, days: int, ranks: tuple[str, ...], operation: str | None
) -> tuple[ZoneInfo, list[DayOfRuns]]:
    own = backup.schedule.zone if backup.schedule is not None else ""
    zone = zone_of(own, lambda _: None) if own else daemon.zone
    today = datetime.fromtimestamp(daemon.clock.now(), zone).date()
    found = {today - timedelta(each): DayOfRuns(str(today - timedelta(each))) for each in range(days)}
    first = today - timedelta(days - 1)
    before: int | None = None
    while some := await daemon.store.runs(backup.id, before, _PIECE):
        for run in some:
            day = _day(run, zone)
            if day in found and operation in (None, run.operation):
                found[day] = _with(found[day], run, ranks)
        before = some[-1].id
        if _day(some[-1], zone) < first:
            break
    return zone, [found[day] for day in sorted(found)]


def _day(run: Run, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(run.started, zone).date()


def _with(day: DayOfRuns, run: Run, ranks: tuple[str, ...]) -> DayOfRuns:
    state = run.parsed or (_RUNNING if run.ended is None else "")
    seconds = 0.0 if run.ended is None else max(run.ended - run.started, 0.0)
    uploaded = run_row(run).numbers.bytes_uploaded
    return DayOfRuns(
        day.day,
        min(day.state, state, key=lambda each: ranks.index(each) if each in ranks else len(ranks)),
        day.runs + 1,
        day.seconds + seconds,
        day.bytes_uploaded + uploaded,
    )
