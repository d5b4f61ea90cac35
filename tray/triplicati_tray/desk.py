"""The seam between the agent, which follows a server under trio, and the desktop, which shows that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

Light = Literal["idle", "running", "paused", "warning", "error", "disconnected", "starting"]
Level = Literal["info", "warning", "error"]
CommandKind = Literal[
    "open", "show", "run", "stop", "pause", "resume", "acknowledge", "reconnect", "quit"
]


class Choice(msgspec.Struct, frozen=True):
    """A backup that can be started."""

    id: str
    name: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What the icon and its menu show. `progress` in percent, rounded down to steps of 5, -1 where nothing
    can be said; `title` is the tooltip, at most 100 characters in one line, and `status` the line in the
    menu. `hosted` tells that quitting ends the server as well."""

    light: Light
    title: str
    status: str
    progress: int = -1
    connected: bool = True
    hosted: bool = False
    running: bool = False
    paused: bool = False
    backups: tuple[Choice, ...] = ()


class Notice(msgspec.Struct, frozen=True):
    """Something to tell the user. A click on it leads to `path` of the page (as "/#/backup/3"), given back in
    a `Command` of kind "show"."""

    title: str
    text: str
    level: Level
    path: str = "/"


class Command(msgspec.Struct, frozen=True):
    """What the user wants. `argument`: for "run" the id of a backup, for "pause" a duration as "30m" or ""
    for until resumed, for "show" a path of the page."""

    kind: CommandKind
    argument: str = ""


Hear = Callable[[Command], None]
"""Called in any thread; never blocks, never raises."""


class Desk(Protocol):
    """A desktop. Its methods are called in any thread, do not block and do not raise; of looks only the
    newest counts, and at most two a second reach the screen."""

    def show(self, look: Look) -> None: ...

    def tell(self, notice: Notice) -> None: ...

    def run(self, work: Callable[[], int]) -> int:
        """Takes the main thread until `work`, which runs in another thread, has returned; returns its value.
        The icon is gone then."""
        ...
