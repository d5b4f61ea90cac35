"""What a run did at its destination, kept with the run (spec/server.md 3.6)."""

from __future__ import annotations

from collections.abc import Callable

from triplicati.messages.progress import Event
from triplicati.messages.records import RemoteOperation

_OPERATIONS = {
    "list": "list",
    "upload": "put",
    "download": "get",
    "delete": "delete",
    "create-folder": "createfolder",
}
# A first backup of many terabytes has so many volumes; what comes after is only counted.
_MOST = 200_000


class RemoteLog:
    """`now` gives Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.rows: list[RemoteOperation] = []

    def add(self, event: Event) -> None:
        operation = _OPERATIONS.get(event.kind)
        if operation is not None and len(self.rows) < _MOST:
            size = event.size if event.size >= 0 else None
            self.rows.append(RemoteOperation(int(self._now()), operation, event.text, size))
