"""How much of each volume some version still needs (spec/format.md 12.6).

Kept in a scratch database beside the local one, so that neither memory nor its writer is taken up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import apsw
import msgspec

from triplicati.formats.kinds import FILE

_MANY = 50_000

_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;
CREATE TABLE used (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE live (
    volume INTEGER NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (volume, hash)
) WITHOUT ROWID;
CREATE TABLE chosen (volume INTEGER PRIMARY KEY);
"""
_SINGLE = f"""
INSERT OR IGNORE INTO used SELECT coalesce(blockhash, hash) FROM idx.entry
    WHERE kind = {FILE} AND size > 0 AND blocklists IS NULL AND coalesce(blockhash, hash) IS NOT NULL
    ORDER BY 1
"""
_METADATA = """
INSERT OR IGNORE INTO used SELECT coalesce(metablockhash, metahash) FROM idx.entry
    WHERE metasize > 0 AND metablocklists IS NULL ORDER BY 1
"""
_LISTS = """
SELECT DISTINCT blocklists FROM idx.entry WHERE blocklists IS NOT NULL
UNION SELECT DISTINCT metablocklists FROM idx.entry WHERE metablocklists IS NOT NULL
"""
# A copy in a second volume is waste there: the first one is in use.
_VOLUMES = """
SELECT v.id, v.name, v.size, coalesce(sum(b.size), 0), coalesce(sum(b.used * b.size), 0), count(b.size)
FROM idx.volume v LEFT JOIN (
    SELECT k.volume AS volume, k.size AS size, u.hash IS NOT NULL AS used
        FROM idx.block k LEFT JOIN used u ON u.hash = k.hash
    UNION ALL SELECT d.volume, d.size, 0 FROM idx.duplicate_block d
) b ON b.volume = v.id
WHERE v.kind = 'dblock' AND v.state IN ('Uploaded', 'Verified') GROUP BY v.id ORDER BY v.id
"""

_UNKNOWN = "SELECT count(*) FROM used u WHERE NOT EXISTS (SELECT 1 FROM idx.block b WHERE b.hash = u.hash)"


class VolumeUse(msgspec.Struct, frozen=True):
    """Bytes: `size` at the destination, `data` of all blocks in it, `active` of those in use."""

    id: int
    name: str
    size: int
    data: int
    active: int
    blocks: int

    @property
    def waste(self) -> int:
        return self.data - self.active


class Usage:
    """Of the moment it was made. Used by one thread at a time; blocks."""

    def __init__(self, index: Path, digest_size: int) -> None:
        self._digest_size = digest_size
        self._unknown_lists = 0
        self._db = apsw.Connection("")
        try:
            self._db.execute(_TABLES).fetchall()
            self._db.execute("ATTACH ? AS idx", (str(index),))
            self._db.execute("BEGIN")
            self._db.execute(_SINGLE)
            self._db.execute(_METADATA)
            self._add_listed()
        except BaseException:
            self._db.close(True)
            raise

    def close(self) -> None:
        self._db.close(True)

    def volumes(self) -> list[VolumeUse]:
        rows = cast("Iterator[tuple[int, str, int, int, int, int]]", self._db.execute(_VOLUMES))
        return [VolumeUse(*row) for row in rows]

    def unknown(self) -> int:
        """How many blocks are needed that no volume is known to hold, and lists of blocks whose content is
        not known. Above 0, a volume that seems to hold nothing in use may hold these."""
        lacking = self._db.execute(_UNKNOWN).get
        return self._unknown_lists + cast("int", lacking)

    def choose(self, volumes: Iterable[int]) -> None:
        """Those that `live` will be asked about: one walk over all blocks, whatever their number."""
        self._db.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", ((each,) for each in volumes))
        self._db.execute(
            "INSERT OR IGNORE INTO live SELECT b.volume, b.hash, b.size FROM idx.block b"
            " JOIN used u ON u.hash = b.hash JOIN chosen c ON c.volume = b.volume"
        )

    def live(self, volume: int) -> dict[bytes, int]:
        """digest -> size of the blocks in use of a volume that was chosen."""
        rows = self._db.execute("SELECT hash, size FROM live WHERE volume = ?", (volume,))
        return {cast("bytes", digest): cast("int", size) for digest, size in rows}

    def lists(self, volume: int) -> set[bytes]:
        """Those of its blocks in use that are blocklists."""
        query = "SELECT hash FROM live JOIN idx.blocklist USING (hash) WHERE volume = ?"
        return {cast("bytes", row[0]) for row in self._db.execute(query, (volume,))}

    def _add_listed(self) -> None:
        """The blocks of larger files, and the lists themselves."""
        some: set[bytes] = set()
        for (joined,) in self._db.execute(_LISTS).fetchall():
            for digest in self._split(cast("bytes", joined)):
                some.add(digest)
                data = self._db.execute("SELECT data FROM idx.blocklist WHERE hash = ?", (digest,)).get
                self._unknown_lists += data is None
                some.update(self._split(cast("bytes", data or b"")))
                if len(some) >= _MANY:
                    self._add(some)
        self._add(some)

    def _add(self, some: set[bytes]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO used VALUES (?)", ((each,) for each in sorted(some)))
        some.clear()

    def _split(self, joined: bytes) -> Iterator[bytes]:
        return (joined[at : at + self._digest_size] for at in range(0, len(joined), self._digest_size))
