"""What the daemon pushes to whoever listens at ``/api/v2/events``: the page, the tray, and automation.

Every frame is a `Frame`. The first is a snapshot: its `data` maps each state topic to its latest value. The
others carry one topic each. ``Seq`` only rises, also over restarts of the daemon; it skips numbers where a
state was overtaken by a newer one. With ``?since=<Seq>`` a client that comes back gets what it missed, or a
snapshot with ``Resync`` true when that is no longer known.
"""

from __future__ import annotations

from typing import Literal

import msgspec

# Latest value wins; a slow listener gets only the newest.
StateTopic = Literal["server", "tasks", "progress", "backups", "schedule", "notifications", "settings"]
# Each one counts; kept in a ring.
EventTopic = Literal["run-started", "run-ended", "notification", "decision", "problem"]


class Frame(msgspec.Struct, rename="pascal"):
    """One message of the event stream. `topic` is "snapshot", a state topic or an event topic."""

    seq: int
    topic: str
    data: msgspec.Raw
    resync: bool = False


class Stage(msgspec.Struct, frozen=True, rename="pascal"):
    """One stage of a running operation: `done` of `total` (-1 not known yet) in `unit` ("files", "bytes",
    "volumes"; "" where nothing is counted), `rate` per second, `queued` what waits in front of it. `busy` is
    the share (0 to 1) of the last seconds in which those who do it were at it."""

    name: str
    unit: str
    done: int
    total: int = -1
    rate: float = 0.0
    queued: int = 0
    busy: float = 0.0


class Transfer(msgspec.Struct, frozen=True, rename="pascal"):
    """A volume on its way; `size` -1 when not known."""

    name: str
    upload: bool
    done: int
    size: int


class LiveProgress(msgspec.Struct, frozen=True, rename="pascal"):
    """A running task, at most four times a second. `state`: "running", "paused", "stopping", or how it ended.

    Counts as in `messages.progress.Progress`. `bottleneck` names the stage that sets the pace, "" while none
    does. `seconds_left` is a range, None while nothing can be said.
    """

    task_id: int
    backup_id: str
    operation: str
    state: str
    phase: str
    started: float
    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    still_counting: bool
    rate: float
    bytes_sent: int
    send_rate: float
    current: str
    stages: list[Stage]
    bottleneck: str
    transfers: list[Transfer]
    seconds_left: tuple[int, int] | None
    warnings: int
    errors: int


class TaskLine(msgspec.Struct, frozen=True, rename="pascal"):
    """A task of the queue. `state`: waiting, running, completed or failed; times in Unix seconds, 0 for not
    yet. `reason` says why it was started, "manual", "resume" or a sentence of the scheduler; `parsed` how it
    ended."""

    id: int
    operation: str
    backup_id: str
    backup_name: str
    state: str
    reason: str
    queued: float
    started: float = 0.0
    ended: float = 0.0
    parsed: str = ""
    error: str = ""
    error_id: str = ""


class ServerLine(msgspec.Struct, frozen=True, rename="pascal"):
    """The daemon itself. `paused_until` in Unix seconds: 0 for until resumed, -1 while running."""

    state: Literal["Running", "Paused", "Stopping"]
    paused_until: float
    version: str
    zone: str
    started: float
    has_warning: bool
    has_error: bool


class Planned(msgspec.Struct, frozen=True, rename="pascal"):
    """When a backup is due next, and why it is not running if it should be."""

    backup_id: str
    due: float
    reason: str = ""
    text: str = ""
    overdue: bool = False


class RunEnded(msgspec.Struct, frozen=True, rename="pascal"):
    """`parsed`: Success, Warning, Error, Fatal, or Stopped. `url` leads to its place on the page."""

    task_id: int
    backup_id: str
    backup_name: str
    operation: str
    parsed: str
    message: str
    seconds: float
    url: str


class BackupLine(msgspec.Struct, frozen=True, rename="pascal"):
    """A saved backup in a list; `target` without secrets, `metadata` as in Duplicati's API."""

    id: str
    name: str
    description: str
    target: str
    scheduled: bool
    schedule_paused: bool
    metadata: dict[str, str]


class Decided(msgspec.Struct, frozen=True, rename="pascal"):
    """What the scheduler decided at `time` (Unix seconds), with a stable `reason` and a sentence."""

    time: float
    backup_id: str
    action: str
    reason: str
    text: str
