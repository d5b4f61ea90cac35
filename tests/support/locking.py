"""A local folder that can lock files, as object stores can, for tests: what is locked is not deleted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triplicati.errors import DestinationRefused
from triplicati.storage import registry
from triplicati.storage.destination import Destination

Locks = dict[str, datetime]


class LockingDestination:
    """`locks` are kept for as long as the test wants."""

    def __init__(self, inner: Destination, locks: Locks) -> None:
        self.inner = inner
        self.locks = locks

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def check_lockable(self) -> None:
        pass

    async def set_lock(self, name: str, until: datetime) -> None:
        assert name in {each.name for each in await self.inner.list()}
        self.locks[name] = max(until, self.locks.get(name, until))

    async def lock_of(self, name: str) -> datetime | None:
        return self.locks.get(name)

    async def delete(self, name: str) -> None:
        if name in self.locks and self.locks[name] > datetime.now(UTC):
            raise DestinationRefused(path=name, reason="it is locked")
        await self.inner.delete(name)


def make_lockable(patch: pytest.MonkeyPatch) -> Locks:
    """Every destination that is opened from then on."""
    locks: Locks = {}
    real = registry.open_destination
    patch.setattr(
        registry, "open_destination", lambda url, options: LockingDestination(real(url, options), locks)
    )
    return locks
