"""What a destination can do that lets nobody change or delete a file before a certain time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from triplicati.storage.abilities import ability
from triplicati.storage.destination import Destination


@runtime_checkable
class Lockable(Protocol):
    """Errors are those of a `Destination`; times are aware."""

    def check_lockable(self) -> None:
        """Raises `DestinationExtraMissing` where this machine lacks what it takes."""
        ...

    async def set_lock(self, name: str, until: datetime) -> None:
        """A lock may become longer and never shorter."""
        ...

    async def lock_of(self, name: str) -> datetime | None:
        """Until when; None for a file that is not locked."""
        ...


def lockable(destination: Destination) -> Lockable | None:
    """The destination itself, or the one that it wraps as `inner`; None where that cannot lock files."""
    return ability(destination, Lockable)  # type: ignore[type-abstract]  # a protocol, asked by its shape
