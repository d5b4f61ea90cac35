"""Reads of the local database for as long as a mount lives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import apsw
import trio

from triplicati.index.database import open_to_read

T = TypeVar("T")
_AT_ONCE = 4


class Index(Protocol):
    async def read(self, work: Callable[[apsw.Connection], T]) -> T: ...


class IndexFile:
    """Opens the file for each read: a backup, a repair or a rebuild may replace it at any time, and what they
    leave there is what counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._limit = trio.CapacityLimiter(_AT_ONCE)

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """Raises what `open_to_read` raises."""
        async with self._limit, open_to_read(self._path) as database:
            return await database.read(work)
