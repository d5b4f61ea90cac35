"""Rows of the server's database that are shown as they are: notifications, errors, runs (spec/server.md 7.1).

Times are Unix seconds.
"""

from __future__ import annotations

import msgspec


class Notification(msgspec.Struct, frozen=True):
    """`type` is Information, Warning or Error; `action` tells a page what to offer (spec/server.md 8.5)."""

    id: int
    type: str
    title: str
    message: str
    exception: str = ""
    backup_id: str = ""
    action: str = ""
    timestamp: int = 0
    log_entry_id: str = ""
    message_id: str = ""
    message_log_tag: str = ""


class ErrorRecord(msgspec.Struct, frozen=True):
    """`backup_id` is None for an error of the server itself."""

    backup_id: str | None
    message: str
    exception: str
    timestamp: int


class Run(msgspec.Struct, frozen=True):
    """One run of an operation; `ended` is None while it goes on, and after the server was killed in it.

    `result` is the JSON text of the result (spec/server.md 8.2), `log_lines` how many lines were logged.
    """

    id: int
    backup_id: str
    task_id: int
    operation: str
    reason: str
    started: float
    ended: float | None = None
    parsed: str = ""
    result: str = ""
    log_lines: int = 0


class RemoteOperation(msgspec.Struct, frozen=True):
    """One call of a destination; `operation` is list, get, put, delete ..., `hash` the SHA-256 in base64.

    `id` and `run_id` are given by the store.
    """

    timestamp: int
    operation: str
    path: str = ""
    size: int | None = None
    hash: str = ""
    id: int = 0
    run_id: int = 0


class TemporaryFile(msgspec.Struct, frozen=True):
    """A file that somebody may still fetch until `expires`; `origin` names what made it."""

    id: int
    origin: str
    path: str
    timestamp: int
    expires: int


class ConnectionString(msgspec.Struct, frozen=True):
    """A destination address that several backups share, with its credentials in clear."""

    id: int
    name: str
    base_url: str
    description: str = ""
    created_at: int = 0
    updated_at: int = 0

    def __repr__(self) -> str:
        return f"ConnectionString({self.id}, {self.name})"


class ProblemSample(msgspec.Struct, frozen=True, rename="pascal"):
    """`path` is what it is about, "" where that is no file."""

    text: str
    path: str = ""


class Problems(msgspec.Struct, rename="pascal"):
    """The warnings or errors of a run that have one id; `level` is Warning or Error, `samples` are the
    first of them."""

    level: str
    id: str
    count: int = 0
    samples: list[ProblemSample] = msgspec.field(default_factory=list)
