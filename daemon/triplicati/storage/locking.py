"""What a destination can do that lets nobody change or delete a file before a certain time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, cast, runtime_checkable

from triplicati.storage.destination import Destination


@runtime_checkable
class Lockable(Protocol):
    """Errors are those of a `Destination`; times are aware."""

    async def set_lock(self, name: str, until: datetime) -> None:
        """A lock may become longer and never shorter."""
        ...

    async def lock_of(self, name: str) -> datetime | None:
        """Until when; None for a file that is not locked."""
        ...


def lockable(destination: Destination) -> Lockable | None:
    """The destination itself, or the one that it wraps as `inner`; None where that cannot lock files."""
    found: object | None = destination
    while found is not None:
        if isinstance(found, Lockable):
            return found
        found = cast("object | None", getattr(found, "inner", None))
    return None
