"""States of an event stream, for tests of what a tray makes of them."""

from __future__ import annotations

from typing import Any

import msgspec

from triplicati.client.events import Event, decoded
from triplicati.messages.live import BackupLine, LiveProgress, Planned, RunEnded, ServerLine, TaskLine
from triplicati.messages.records import Notification

# Tuesday, 2026-11-24, 12:00 UTC.
NOON = 1_795_521_600.0
HOUR, DAY = 3600.0, 86400.0


def server(**changes: Any) -> ServerLine:
    usual = ServerLine("Running", -1.0, "1.0", "UTC", NOON - DAY, False, False)
    return msgspec.structs.replace(usual, **changes)


def backup(number: int = 1, name: str = "Documents", **metadata: str) -> BackupLine:
    return BackupLine(str(number), name, "", "file:///target", True, False, metadata)


def well(number: int = 1, name: str = "Documents") -> BackupLine:
    return backup(number, name, LastBackupFinished="20261124T060000Z", LastBackupResult="Success")


def failed(number: int, name: str, at: str = "20261123T210000Z") -> BackupLine:
    return backup(number, name, LastBackupFinished="20261120T060000Z", LastErrorDate=at)


def task(number: int = 7, name: str = "Documents", **changes: Any) -> TaskLine:
    usual = TaskLine(number, "Backup", "1", name, "running", "manual", NOON, NOON)
    return msgspec.structs.replace(usual, **changes)


def progress(number: int = 7, **changes: Any) -> LiveProgress:
    usual = LiveProgress(
        task_id=number, backup_id="1", operation="Backup", state="running", phase="Backup_ProcessingFiles",
        started=NOON, files_done=1, files_total=10, bytes_done=0, bytes_total=1000, still_counting=False,
        rate=1.0, bytes_sent=0, send_rate=0.0, current="", stages=[], bottleneck="", transfers=[],
        seconds_left=None, warnings=0, errors=0,
    )  # fmt: skip
    return msgspec.structs.replace(usual, **changes)


def ended(number: int = 7, parsed: str = "Success", **changes: Any) -> RunEnded:
    usual = RunEnded(number, "1", "Documents", "Backup", parsed, "", 90.0, "/#/backup/1/log")
    return msgspec.structs.replace(usual, **changes)


def planned(number: int = 1, due: float = NOON + 9 * HOUR, *, overdue: bool = False) -> Planned:
    return Planned(str(number), due, overdue=overdue)


def notification(number: int, **changes: Any) -> Notification:
    usual = Notification(number, "Warning", "Backup overdue: Photos", "Look at its log.", backup_id="2")
    usual = msgspec.structs.replace(usual, action="backup:show-log", message_id="BackupOverdue")
    return msgspec.structs.replace(usual, **changes)


def frame(seq: int, topic: str, value: object) -> Event:
    """As it comes from a server."""
    written = msgspec.json.encode({"Seq": seq, "Topic": topic, "Data": value, "Resync": False})
    return decoded(written.decode())
