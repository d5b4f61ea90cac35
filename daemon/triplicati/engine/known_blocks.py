"""Which blocks are stored already: the one place that decides what is new in a run."""

from __future__ import annotations

from collections.abc import Iterable

from triplicati.index.blocks import has_blocks, known_blocks
from triplicati.index.database import Database

# A set of digests takes about 105 bytes each: 16 MB at this size. Beyond it the database is asked.
_BUDGET = 150_000


class KnownBlocks:
    """Digests claimed in this run are kept in memory until their volume's rows are in the database."""

    def __init__(self, database: Database, digest_size: int, *, ask: bool) -> None:
        self._database = database
        self._digest_size = digest_size
        self._claimed: set[bytes] = set()
        self._ask = ask

    @classmethod
    async def of(cls, database: Database, digest_size: int) -> KnownBlocks:
        return cls(database, digest_size, ask=await database.read(has_blocks))

    async def claim(self, joined: bytes) -> bytes:
        """One byte for each digest: 1 for the caller to store it, 0 for a block that is stored or claimed."""
        size = self._digest_size
        digests = [joined[at : at + size] for at in range(0, len(joined), size)]
        stored: set[bytes] = set()
        if self._ask:
            unclaimed = [digest for digest in digests if digest not in self._claimed]
            if unclaimed:
                stored = await self._database.read(lambda c: known_blocks(c, unclaimed))
        # Looked at again: another worker may have claimed one while the database was asked.
        claimed = self._claimed
        wanted = bytearray(len(digests))
        for position, digest in enumerate(digests):
            if digest not in claimed and digest not in stored:
                claimed.add(digest)
                wanted[position] = 1
        return bytes(wanted)

    def recorded(self, digests: Iterable[bytes]) -> None:
        """The rows of these are in the database now; they leave the memory when that is short."""
        if len(self._claimed) > _BUDGET:
            self._claimed.difference_update(digests)
            self._ask = True
