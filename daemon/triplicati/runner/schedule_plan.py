"""What the scheduler plans, and what a rule would mean, for people: each time with its zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triplicati.config.server.job_forms import saved_schedule
from triplicati.config.server.saved_rules import check_schedule
from triplicati.errors import BackupInvalid, InvalidValue, JobFileUnusable
from triplicati.messages.api_runs import (
    DecisionRow,
    DueRow,
    OverdueRow,
    PreviewInput,
    PreviewRow,
    SchedulePlan,
)
from triplicati.messages.job_file import ScheduleForm
from triplicati.messages.saved import SavedSchedule
from triplicati.runner.clock import zone_of
from triplicati.runner.daemon import Daemon
from triplicati.runner.next_run import Slot, next_slot, rule_of, slot_at

_MOST = 50


async def schedule_plan(daemon: Daemon) -> SchedulePlan:
    schedules = {each.id: each.schedule for each in await daemon.backups()}
    scheduler = daemon.scheduler
    return SchedulePlan(
        zone=str(daemon.zone),
        now=_moment(daemon.clock.now()),
        proposed=[
            _due_row(daemon, backup_id, due, schedules.get(backup_id))
            for backup_id, due in scheduler.proposed()
        ],
        overdue=[OverdueRow(each.backup_id, _moment(each.since)) for each in scheduler.overdue()],
        decisions=[
            DecisionRow(_moment(each.time), each.backup_id, each.action, each.reason, each.text)
            for each in reversed(scheduler.decisions())
        ],
    )


def preview(wanted: PreviewInput, default: ZoneInfo, now: float) -> list[PreviewRow]:
    """When a rule would be due next; nothing is saved. Raises `BackupInvalid` and `InvalidValue`."""
    schedule = checked(wanted)
    zone = _zone(wanted.zone) if wanted.zone else default
    count = min(max(wanted.count, 1), _MOST)
    return [
        PreviewRow(_moment(slot.at), _local(slot.at, zone), str(zone))
        for slot, _ in zip(due_slots(schedule, zone, int(now)), range(count), strict=False)
    ]


def checked(form: ScheduleForm) -> SavedSchedule:
    """Raises `BackupInvalid` for what could not be saved."""
    try:
        schedule = saved_schedule(form)
    except JobFileUnusable as error:
        raise BackupInvalid(reason=str(error.details.get("reason"))) from None
    check_schedule(schedule)
    return schedule


def due_slots(schedule: SavedSchedule, zone: ZoneInfo, now: int) -> Iterator[Slot]:
    """All that are later than `now` (Unix seconds)."""
    rule = rule_of(schedule)
    slot = next_slot(rule, slot_at(schedule.time, zone), now, zone)
    while slot is not None:
        yield slot
        slot = next_slot(rule, slot, slot.at, zone)


def _due_row(daemon: Daemon, backup_id: str, due: int, schedule: SavedSchedule | None) -> DueRow:
    own = schedule.zone if schedule is not None else ""
    zone = zone_of(own, lambda _: None) if own else daemon.zone
    paused = schedule is not None and schedule.paused
    return DueRow(backup_id, _moment(due), _local(due, zone), str(zone), paused)


def _zone(name: str) -> ZoneInfo:
    """Raises `InvalidValue`."""
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reason = "it is not known; give one such as Europe/Berlin"
        raise InvalidValue(value=name, kind="time zone", reason=reason) from None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _local(seconds: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(seconds, zone).isoformat()
