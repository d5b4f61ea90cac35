"""Notifications and log lines of Duplicati's API (spec/server.md 3.10, 3.11)."""

from __future__ import annotations

from datetime import datetime

import msgspec


class NotificationLine(msgspec.Struct, frozen=True, rename="pascal"):
    """`type`: Information, Warning or Error."""

    id: int = msgspec.field(name="ID")
    type: str
    title: str
    message: str
    exception: str
    backup_id: str = msgspec.field(name="BackupID")
    action: str
    timestamp: datetime
    log_entry_id: str = msgspec.field(name="LogEntryID")
    message_id: str = msgspec.field(name="MessageID")
    message_log_tag: str


class LiveLogLine(msgspec.Struct, frozen=True, rename="pascal"):
    """`task_id` is "" for a line that belongs to no task."""

    when: datetime
    id: int = msgspec.field(name="ID")
    message: str
    tag: str
    message_id: str | None = msgspec.field(name="MessageID")
    exception_id: str | None = msgspec.field(name="ExceptionID")
    type: str
    exception: str | None
    backup_id: str | None = msgspec.field(name="BackupID")
    task_id: str = msgspec.field(name="TaskID")


class ErrorLogLine(msgspec.Struct, frozen=True, rename="pascal"):
    """`timestamp` in Unix seconds."""

    backup_id: str | None = msgspec.field(name="BackupID")
    message: str
    exception: str
    timestamp: int


class CrashLog(msgspec.Struct, frozen=True, rename="pascal"):
    logdata: str | None


class StatusOk(msgspec.Struct, frozen=True, rename="pascal"):
    status: str = "OK"


class ReportTestInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`options` for reports that count before those of all backups; stars stand for a stored secret."""

    options: dict[str, str | None] = {}

    def __repr__(self) -> str:
        return "ReportTestInput(...)"


class ReportOutcome(msgspec.Struct, frozen=True, rename="pascal"):
    """`kind`: mail, http, xmpp, telegram or apprise. `message` is why it was not sent."""

    kind: str
    sent: bool
    message: str
