"""What a running operation tells, and what it leaves behind when it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from triplicati.messages.meters import Meters

# Results tell how many there were beyond these.
_MOST_MESSAGES = 100

EventKind = Literal[
    "phase", "list", "upload", "download", "delete", "create-folder", "message", "log", "warning", "error"
]


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened. `size` in bytes, -1 unknown; `id` is the stable id of a warning or error.

    A "message" is for the user who watches, a "log" for whoever asks for lines of its `level`
    (`messages.log.LEVELS`; "" is Information). `path` is what a warning or error is about.
    """

    kind: EventKind
    text: str = ""
    size: int = -1
    id: str = ""
    level: str = ""
    path: str = ""


class Progress(msgspec.Struct):
    """The state of a running operation, updated in place; read it as often as you like.

    Counts are files and bytes of the source (backup) or of the target (restore); `counting` while the
    total is still growing. `sent` are bytes at the destination. Volumes are those that a restore fetches.
    `waiting` tells how many pieces of work lie in front of a stage ("read", "upload", "fetch"), `meters` how
    long each stage was busy.
    """

    phase: str = ""
    counting: bool = True
    files_total: int = 0
    bytes_total: int = 0
    files_done: int = 0
    bytes_done: int = 0
    sent: int = 0
    volumes_total: int = 0
    volumes_done: int = 0
    waiting: dict[str, int] = msgspec.field(default_factory=dict)
    meters: Meters = msgspec.field(default_factory=Meters)
    current: str = ""
    transfers: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)

    def begin(self) -> None:
        """Counts anew: what went before was another kind of work, as building a lost database is."""
        self.counting = True
        self.files_total = self.bytes_total = self.files_done = self.bytes_done = 0

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Afterwards it counts what it counted before the body."""
        kept = self.counting, self.files_total, self.bytes_total, self.files_done, self.bytes_done
        try:
            yield
        finally:
            self.counting, self.files_total, self.bytes_total, self.files_done, self.bytes_done = kept


class Problem(msgspec.Struct, frozen=True):
    """A warning or error that did not end the operation."""

    id: str
    text: str
    path: str = ""


class Report:
    """Handed to every operation: keeps its progress and problems and passes events on.

    `notify` is called in the trio thread and must not block. Warnings whose id is `suppressed` count as
    information. `verbose` tells whether anyone wants a line for each file.
    `watchers` want to run for as long as the operation does; whoever runs it starts them beside it and
    cancels them when it has ended. `hold` is awaited before each piece of work, which is how a pause pauses.
    """

    def __init__(
        self,
        notify: Callable[[Event], object] = lambda _: None,
        *,
        suppressed: Collection[str] = (),
        verbose: bool = False,
    ) -> None:
        self.progress = Progress()
        self.warnings: list[Problem] = []
        self.errors: list[Problem] = []
        self.messages: list[str] = []
        self.message_count = 0
        self.verbose = verbose
        self.watchers: list[Callable[[], Awaitable[None]]] = []
        self.hold: Callable[[], Awaitable[None]] | None = None
        self._suppressed = {each.lower() for each in suppressed}
        self._notify = notify

    def event(self, event: Event) -> None:
        self._notify(event)

    async def go_on(self) -> None:
        """Waits while the operation is paused."""
        if self.hold is not None:
            await self.hold()

    def phase(self, name: str) -> None:
        self.progress.phase = name
        self.event(Event("phase", name))

    def message(self, text: str, level: str = "Information") -> None:
        self._keep(text)
        self.event(Event("message", text, level=level))

    def log(self, level: str, id: str, text: str) -> None:
        """A line for the log, which the screen shows only when asked to."""
        if level == "Information":
            self._keep(text)
        self.event(Event("log", text, id=id, level=level))

    def warning(self, id: str, text: str, path: str = "") -> None:
        if id.lower() in self._suppressed:
            self.log("Information", id, text)
            return
        self.warnings.append(Problem(id, text, path))
        self.event(Event("warning", text, id=id, level="Warning", path=path))

    def error(self, id: str, text: str, path: str = "") -> None:
        self.errors.append(Problem(id, text, path))
        self.event(Event("error", text, id=id, level="Error", path=path))

    def _keep(self, text: str) -> None:
        self.message_count += 1
        if len(self.messages) < _MOST_MESSAGES:
            self.messages.append(text)
