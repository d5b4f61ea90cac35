"""What a server answers, as far as the client looks at it; members that are missing get a default."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class BackupEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A saved backup. `metadata` as in Duplicati's API (spec/server.md 4.4); `next_run` None for none."""

    id: str
    name: str
    description: str = ""
    target: str = ""
    metadata: dict[str, str] = {}
    next_run: datetime | None = None
    repeat: str = ""


class TaskEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`backup_id` and `operation` are "" from a server that does not tell them."""

    id: int = msgspec.field(name="ID")
    status: Literal["Running", "Waiting", "Completed", "Failed"] = msgspec.field(name="Status")
    task_started: datetime | None = msgspec.field(name="TaskStarted", default=None)
    task_finished: datetime | None = msgspec.field(name="TaskFinished", default=None)
    error_message: str | None = msgspec.field(name="ErrorMessage", default=None)
    backup_id: str = msgspec.field(name="BackupID", default="")
    operation: str = msgspec.field(name="Operation", default="")


class RunEntry(msgspec.Struct, frozen=True):
    task_id: int = msgspec.field(name="TaskID")
    started: datetime = msgspec.field(name="Started")
    ended: datetime | None = msgspec.field(name="Ended", default=None)
    parsed: str = msgspec.field(name="Parsed", default="")
    message: str = msgspec.field(name="Message", default="")

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds() if self.ended else 0.0


class LogRow(msgspec.Struct, frozen=True, rename="pascal"):
    """`timestamp` in Unix seconds; of a row of type Result the message is the result in JSON."""

    timestamp: int = 0
    type: str = ""
    message: str = ""

    @property
    def parsed(self) -> str:
        """Success, Warning, Error or Fatal, "" where the row does not tell."""
        try:
            return msgspec.json.decode(self.message, type=_Result).parsed_result
        except msgspec.DecodeError:
            return ""


class Export(msgspec.Struct, frozen=True):
    """A job file; encrypted where its name ends in ``.aes``."""

    name: str
    content: bytes

    def __repr__(self) -> str:
        return f"Export({self.name})"


class Started(msgspec.Struct):
    id: int = msgspec.field(name="ID")


class Imported(msgspec.Struct):
    id: str | None = msgspec.field(name="Id", default=None)


class Token(msgspec.Struct, rename="pascal"):
    token: str

    def __repr__(self) -> str:
        return "Token(...)"


class Forever(msgspec.Struct, rename="pascal"):
    access_token: str

    def __repr__(self) -> str:
        return "Forever(...)"


class Runs(msgspec.Struct, rename="pascal"):
    data: list[RunEntry] = []


class Listed(msgspec.Struct, rename="pascal"):
    """A row of the list of backups."""

    backup: ListedBackup
    schedule: ListedSchedule | None = None

    @property
    def entry(self) -> BackupEntry:
        planned = self.schedule
        return BackupEntry(
            id=self.backup.id,
            name=self.backup.name,
            description=self.backup.description or "",
            target=self.backup.target_url or "",
            metadata={name: value or "" for name, value in (self.backup.metadata or {}).items()},
            next_run=planned.time if planned and planned.repeat else None,
            repeat=(planned.repeat or "") if planned else "",
        )


class ListedBackup(msgspec.Struct):
    id: str = msgspec.field(name="ID")
    name: str = msgspec.field(name="Name")
    description: str | None = msgspec.field(name="Description", default="")
    target_url: str | None = msgspec.field(name="TargetURL", default="")
    metadata: dict[str, str | None] | None = msgspec.field(name="Metadata", default=None)


class ListedSchedule(msgspec.Struct, rename="pascal"):
    time: datetime | None = None
    repeat: str | None = None


class _Result(msgspec.Struct, rename="pascal"):
    parsed_result: str = ""
