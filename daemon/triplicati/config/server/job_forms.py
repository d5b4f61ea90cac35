"""Between a saved backup and the form in which Duplicati writes it (spec/server.md 4.1, 4.8)."""

from __future__ import annotations

from datetime import UTC, datetime

from triplicati.config.server.weekdays import (
    NAMES,
    names_no_weekday,
    rule_of_weekdays,
    weekdays,
    weekdays_of_rule,
)
from triplicati.errors import JobFileUnusable
from triplicati.messages.job_file import BackupForm, FilterForm, ScheduleForm, SettingForm, TargetUrlForm
from triplicati.messages.saved import (
    ANY_DAY,
    NEVER,
    SavedBackup,
    SavedFilter,
    SavedSchedule,
    Setting,
    TargetUrl,
)


def saved_backup(form: BackupForm, schedule: ScheduleForm | None) -> SavedBackup:
    """A form as a saved backup; missing parts get their defaults."""
    return SavedBackup(
        id=form.id or "",
        external_id=form.external_id or "",
        name=form.name or "",
        description=form.description or "",
        tags=tuple(form.tags or ()),
        target_url=form.target_url or "",
        connection_string_id=-1 if form.connection_string_id is None else form.connection_string_id,
        operation_type="Sync" if (form.operation_type or "").lower() == "sync" else "Backup",
        db_path=form.db_path or "",
        sources=tuple(form.sources or ()),
        settings=tuple(Setting(each.name, each.value, each.filter or "") for each in form.settings or ()),
        filters=tuple(
            SavedFilter(each.order, each.include, each.expression or "") for each in form.filters or ()
        ),
        metadata={name: value or "" for name, value in (form.metadata or {}).items()},
        targets=tuple(map(_target, form.additional_target_urls or ())),
        schedule=None if schedule is None else saved_schedule(schedule),
    )


def saved_schedule(form: ScheduleForm) -> SavedSchedule:
    """Raises `JobFileUnusable` for a time or a weekday that is none."""
    days = form.allowed_days or ()
    # Passed over, it could leave none, and none stands for every day.
    for name in filter(names_no_weekday, days):
        raise JobFileUnusable(reason=f'"{name}" is no weekday; write them as Monday or mon')
    listed = weekdays(days)
    return SavedSchedule(
        id=form.id,
        time=_seconds(form.time),
        repeat=form.repeat or "",
        last_run=_seconds(form.last_run),
        days=ANY_DAY if len(listed) == len(NAMES) else listed or weekdays_of_rule(form.rule or ""),
    )


def backup_form(backup: SavedBackup) -> BackupForm:
    return BackupForm(
        id=backup.id,
        external_id=backup.external_id,
        name=backup.name,
        description=backup.description,
        tags=list(backup.tags),
        target_url=backup.target_url,
        connection_string_id=backup.connection_string_id,
        operation_type=backup.operation_type,
        db_path=backup.db_path,
        sources=list(backup.sources),
        settings=[SettingForm(each.filter, each.name, each.value) for each in backup.settings],
        filters=[FilterForm(each.order, each.include, each.expression) for each in backup.filters],
        metadata=dict(backup.metadata),
        additional_target_urls=[
            TargetUrlForm(
                each.url, each.key, each.mode, each.interval, each.connection_string_id, each.options
            )
            for each in backup.targets
        ],
        is_temporary=backup.temporary,
    )


def schedule_form(schedule: SavedSchedule, backup_id: str) -> ScheduleForm:
    return ScheduleForm(
        id=schedule.id,
        tags=[f"ID={backup_id}"],
        time=iso_time(schedule.time),
        repeat=schedule.repeat,
        last_run=iso_time(schedule.last_run),
        rule=rule_of_weekdays(schedule.days),
        allowed_days=[NAMES[day][:3].lower() for day in sorted(schedule.days or range(7))],
    )


def iso_time(seconds: int) -> str:
    """``2026-01-03T12:00:00Z``; ``0001-01-01T00:00:00Z`` for never and what no date can say."""
    try:
        at = datetime.fromtimestamp(seconds, UTC) if seconds > NEVER else None
    except (ValueError, OverflowError, OSError):
        at = None
    return "0001-01-01T00:00:00Z" if at is None else at.isoformat().replace("+00:00", "Z")


def _target(form: TargetUrlForm) -> TargetUrl:
    mode = (form.mode or "").lower()
    return TargetUrl(
        key=form.url_key or "",
        url=form.target_url,
        mode=mode if mode in ("inline", "interval", "counting") else "inline",
        interval=form.interval or None,
        connection_string_id=-1 if form.connection_string_id is None else form.connection_string_id,
        options=form.options or {},
    )


def _seconds(text: str | None) -> int:
    if not text or text == "0" or text.startswith("0001-01-01"):
        return NEVER
    try:
        at = datetime.fromisoformat(text)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise JobFileUnusable(reason=f'"{text}" is no time') from None
