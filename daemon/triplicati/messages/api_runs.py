"""Runs and schedules under ``/api/v2``, for the page and for automation. These are ours, not Duplicati's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from triplicati.messages.api_envelope import PageInfo
from triplicati.messages.job_file import ScheduleForm
from triplicati.messages.records import ProblemSample


class RunNumbers(msgspec.Struct, frozen=True, rename="pascal"):
    """What a page shows of a result beside its state; bytes and counts, 0 where an operation has none."""

    examined_files: int = 0
    added_files: int = 0
    modified_files: int = 0
    deleted_files: int = 0
    files_with_error: int = 0
    restored_files: int = 0
    size_of_examined_files: int = 0
    size_of_added_files: int = 0
    size_of_modified_files: int = 0
    bytes_uploaded: int = 0
    known_file_size: int = 0
    warnings: int = 0
    errors: int = 0
    partial: bool = False


class RunRow(msgspec.Struct, frozen=True):
    """One run. `parsed`: Success, Warning, Error, Fatal or Stopped, "" while it goes on; `reason` why it was
    started; `message` why it failed."""

    id: int = msgspec.field(name="ID")
    backup_id: str = msgspec.field(name="BackupID")
    task_id: int = msgspec.field(name="TaskID")
    operation: str = msgspec.field(name="Operation")
    reason: str = msgspec.field(name="Reason")
    started: datetime = msgspec.field(name="Started")
    ended: datetime | None = msgspec.field(name="Ended")
    parsed: str = msgspec.field(name="Parsed")
    message: str = msgspec.field(name="Message")
    log_lines: int = msgspec.field(name="LogLines")
    numbers: RunNumbers = msgspec.field(name="Numbers")


class RunDetails(msgspec.Struct, frozen=True, rename="pascal"):
    """`result` as the log of Duplicati has it (spec/server.md 8.2), null while the run goes on; `log` is the
    part of the lines that `page_info` tells."""

    run: RunRow
    result: dict[str, Any] | None  # Any: every operation has its own members
    log: list[str]
    page_info: PageInfo


class ProblemRow(msgspec.Struct, frozen=True):
    """Warnings or errors with one id: how many, since when the backup has such ones, and the first of them.
    `level` is Warning or Error."""

    level: str = msgspec.field(name="Level")
    id: str = msgspec.field(name="ID")
    count: int = msgspec.field(name="Count")
    first_seen: datetime = msgspec.field(name="FirstSeen")
    samples: list[ProblemSample] = msgspec.field(name="Samples")


class DueRow(msgspec.Struct, frozen=True):
    """`local` is what the clock in `zone` shows then, in ISO form with its offset."""

    backup_id: str = msgspec.field(name="BackupID")
    due: datetime = msgspec.field(name="Due")
    local: str = msgspec.field(name="Local")
    zone: str = msgspec.field(name="Zone")
    paused: bool = msgspec.field(name="Paused")


class DecisionRow(msgspec.Struct, frozen=True):
    """`action`: run, wait, skip or none; `reason` is stable, `text` a sentence."""

    time: datetime = msgspec.field(name="Time")
    backup_id: str = msgspec.field(name="BackupID")
    action: str = msgspec.field(name="Action")
    reason: str = msgspec.field(name="Reason")
    text: str = msgspec.field(name="Text")


class OverdueRow(msgspec.Struct, frozen=True):
    backup_id: str = msgspec.field(name="BackupID")
    since: datetime = msgspec.field(name="Since")


class SchedulePlan(msgspec.Struct, frozen=True, rename="pascal"):
    """`zone` is that of the server; a schedule may have its own. Decisions are the latest ones, newest
    first."""

    zone: str
    now: datetime
    proposed: list[DueRow]
    overdue: list[OverdueRow]
    decisions: list[DecisionRow]


class PreviewInput(ScheduleForm):
    """A rule that is not saved yet. No `zone` for that of the server; at most 50 times."""

    zone: str | None = msgspec.field(default=None, name="Zone")
    count: int = msgspec.field(default=5, name="Count")


class PreviewRow(msgspec.Struct, frozen=True, rename="pascal"):
    due: datetime
    local: str
    zone: str
