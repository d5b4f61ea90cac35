"""Kept runs as typed rows: what a page shows of a result without reading all of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from triplicati.messages.api_runs import RunNumbers, RunRow
from triplicati.messages.records import Run


class _Statistics(msgspec.Struct, rename="pascal"):
    bytes_uploaded: int = 0
    known_file_size: int = 0


class _Kept(msgspec.Struct):
    """The members of a result that are shown (spec/server.md 8.2)."""

    examined: int = msgspec.field(default=0, name="ExaminedFiles")
    added: int = msgspec.field(default=0, name="AddedFiles")
    modified: int = msgspec.field(default=0, name="ModifiedFiles")
    deleted: int = msgspec.field(default=0, name="DeletedFiles")
    failed: int = msgspec.field(default=0, name="FilesWithError")
    restored: int = msgspec.field(default=0, name="RestoredFiles")
    examined_size: int = msgspec.field(default=0, name="SizeOfExaminedFiles")
    added_size: int = msgspec.field(default=0, name="SizeOfAddedFiles")
    modified_size: int = msgspec.field(default=0, name="SizeOfModifiedFiles")
    warnings: int = msgspec.field(default=0, name="WarningsActualLength")
    errors: int = msgspec.field(default=0, name="ErrorsActualLength")
    first_errors: list[str] = msgspec.field(default_factory=list, name="Errors")
    partial: bool = msgspec.field(default=False, name="PartialBackup")
    statistics: _Statistics = msgspec.field(default_factory=_Statistics, name="BackendStatistics")


def run_row(run: Run) -> RunRow:
    kept = _read(run.result)
    failed = run.parsed in ("Fatal", "Error")
    return RunRow(
        id=run.id,
        backup_id=run.backup_id,
        task_id=run.task_id,
        operation=run.operation,
        reason=run.reason,
        started=datetime.fromtimestamp(run.started, UTC),
        ended=None if run.ended is None else datetime.fromtimestamp(run.ended, UTC),
        parsed=run.parsed,
        message=kept.first_errors[0] if failed and kept.first_errors else "",
        log_lines=run.log_lines,
        numbers=RunNumbers(
            kept.examined,
            kept.added,
            kept.modified,
            kept.deleted,
            kept.failed,
            kept.restored,
            kept.examined_size,
            kept.added_size,
            kept.modified_size,
            kept.statistics.bytes_uploaded,
            kept.statistics.known_file_size,
            kept.warnings,
            kept.errors,
            kept.partial,
        ),
    )


def result_of(run: Run) -> dict[str, Any] | None:  # Any: every operation has its own members
    """None while the run goes on."""
    try:
        return msgspec.json.decode(run.result, type=dict[str, Any]) if run.result else None
    except msgspec.DecodeError:
        return None


def _read(text: str) -> _Kept:
    try:
        return msgspec.json.decode(text, type=_Kept) if text else _Kept()
    except msgspec.DecodeError:
        return _Kept()  # of an adopted job, or damaged
