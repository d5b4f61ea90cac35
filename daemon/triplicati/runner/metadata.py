"""What is remembered with a backup after each run, by the names that clients know (spec/server.md 4.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from triplicati.messages.results import BackupResult, Result
from triplicati.values.timespans import format_timespan

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
_NAMES = {each: each for each in ("Backup", "Restore", "Compact", "Vacuum", "Sync")}


def metadata_after(result: Result) -> dict[str, str]:
    """What a run that ended adds and replaces."""
    found = _times(result)
    if isinstance(result, BackupResult):
        found |= _of_backup(result)
    return found


def metadata_after_failure(message: str, now: float) -> dict[str, str]:
    return {"LastErrorDate": stamp(now), "LastErrorMessage": message}


def stamp(seconds: float) -> str:
    """``yyyyMMddTHHmmssZ``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def size_text(size: int) -> str:
    """``512 bytes``, ``1,023.40 KiB``."""
    if abs(size) < 1024:
        return f"{size} bytes"
    amount, unit = size / 1024, 0
    while abs(amount) >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:,.2f} {_UNITS[unit]}"


def _times(result: Result) -> dict[str, str]:
    name = _NAMES.get(result.main_operation, "")
    if not name:
        return {}
    span = timedelta(seconds=max(result.end_time - result.begin_time, 0.0))
    return {
        f"Last{name}Started": stamp(result.begin_time),
        f"Last{name}Finished": stamp(result.end_time),
        f"Last{name}Duration": format_timespan(span, fraction=True),
    }


def _of_backup(result: BackupResult) -> dict[str, str]:
    found = {
        "SourceFilesSize": str(result.size_of_examined_files),
        "SourceFilesCount": str(result.examined_files),
        "SourceSizeString": size_text(result.size_of_examined_files),
        "LastBackupResult": result.parsed,
        "LastBackupAddedFiles": str(result.added_files),
        "LastBackupModifiedFiles": str(result.modified_files),
        "LastBackupDeletedFiles": str(result.deleted_files),
    }
    if result.newest_version_time:
        found["LastBackupDate"] = stamp(result.newest_version_time)
    if result.dryrun or result.interrupted:
        return found
    size = size_text(result.known_file_size)
    return found | {
        "BackupListCount": str(result.known_filesets),
        "TargetFilesSize": str(result.known_file_size),
        "TargetFilesCount": str(result.known_file_count),
        "TargetFilesetsCount": str(result.known_filesets),
        "TargetSizeString": size,
        "BackupSizeString": size,
        "TotalQuotaSpace": str(result.total_quota),
        "FreeQuotaSpace": str(result.free_quota),
        "AssignedQuotaSpace": str(result.assigned_quota),
    }
