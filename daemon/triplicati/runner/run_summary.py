"""The runs of a backup by days of the calendar, for a strip that shows a month at a glance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from triplicati.messages.previews import DayOfRuns, RunSummary
from triplicati.messages.records import Run
from triplicati.messages.saved import SavedBackup
from triplicati.runner.clock import zone_of
from triplicati.runner.daemon import Daemon
from triplicati.runner.run_rows import run_row

_PIECE = 200
_RUNNING = "Running"
_WORST_FIRST = ("Fatal", "Error", "Stopped", "Warning", _RUNNING, "Success", "")


async def run_summary(daemon: Daemon, backup: SavedBackup, days: int) -> RunSummary:
    """The last `days` days in the zone of the backup's schedule, today included."""
    own = backup.schedule.zone if backup.schedule is not None else ""
    zone = zone_of(own, lambda _: None) if own else daemon.zone
    today = datetime.fromtimestamp(daemon.clock.now(), zone).date()
    found = {today - timedelta(each): DayOfRuns(str(today - timedelta(each))) for each in range(days)}
    first = today - timedelta(days - 1)
    before: int | None = None
    while some := await daemon.store.runs(backup.id, before, _PIECE):
        for run in some:
            day = _day(run, zone)
            if day in found:
                found[day] = _with(found[day], run)
        before = some[-1].id
        if _day(some[-1], zone) < first:
            break
    return RunSummary(str(zone), [found[day] for day in sorted(found)])


def _day(run: Run, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(run.started, zone).date()


def _with(day: DayOfRuns, run: Run) -> DayOfRuns:
    state = run.parsed or (_RUNNING if run.ended is None else "")
    seconds = 0.0 if run.ended is None else max(run.ended - run.started, 0.0)
    uploaded = run_row(run).numbers.bytes_uploaded
    return DayOfRuns(
        day.day,
        min(day.state, state, key=_severity),
        day.runs + 1,
        day.seconds + seconds,
        day.bytes_uploaded + uploaded,
    )


def _severity(state: str) -> int:
    return _WORST_FIRST.index(state) if state in _WORST_FIRST else len(_WORST_FIRST)
