"""What only some kinds of destination can do; asked of the kind itself, whatever is wrapped around it."""

from __future__ import annotations

from typing import Protocol, TypeVar, cast, runtime_checkable

import msgspec

from triplicati.storage.destination import Destination, Write

T = TypeVar("T")


class Quota(msgspec.Struct, frozen=True):
    """Bytes; None for what the destination does not say."""

    total: int | None
    free: int | None


@runtime_checkable
class Metered(Protocol):
    """Knows how much room there is."""

    async def quota(self) -> Quota | None: ...


@runtime_checkable
class Renaming(Protocol):
    """Can give a file another name without sending it again. What has that name already is replaced or is an
    error."""

    async def rename(self, name: str, new: str) -> None: ...


@runtime_checkable
class Partial(Protocol):
    """Can give a part of a file: up to `length` bytes from `start`."""

    async def get_part(self, name: str, start: int, length: int, write: Write) -> None: ...


@runtime_checkable
class Patient(Protocol):
    """Says how many seconds a transfer may make no progress, 0 for any length."""

    @property
    def patience(self) -> float: ...


def ability(destination: Destination, kind: type[T]) -> T | None:
    """The destination itself, or the one that it wraps, as one of the protocols above; None for neither."""
    found: object | None = destination
    while found is not None:
        if isinstance(found, kind):
            return found
        found = cast("object | None", getattr(found, "inner", None))
    return None
