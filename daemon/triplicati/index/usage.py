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
from triplicati.index.bulk import add_digests

_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;
CREATE TABLE listed (hash BLOB);
CREATE TABLE list (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE used (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE live (
    volume INTEGER NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL, list INTEGER NOT NULL,
    PRIMARY KEY (volume, hash)
) WITHOUT ROWID;
CREATE TABLE chosen (volume INTEGER PRIMARY KEY);
"""
_SINGLE = f"""
INSERT INTO listed SELECT coalesce(blockhash, hash) FROM idx.entry
    WHERE kind = {FILE} AND size > 0 AND blocklists IS NULL AND coalesce(blockhash, hash) IS NOT NULL
"""
_METADATA = """
INSERT INTO listed SELECT coalesce(metablockhash, metahash) FROM idx.entry
    WHERE metasize > 0 AND metablocklists IS NULL
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
_COPIES = """
SELECT DISTINCT d.volume, b.volume FROM idx.duplicate_block d CROSS JOIN used u ON u.hash = d.hash
    CROSS JOIN idx.block b ON b.hash = d.hash AND b.size = d.size
"""

# In one walk along both.
_UNKNOWN = "SELECT count(*) FROM (SELECT hash FROM used EXCEPT SELECT hash FROM idx.block ORDER BY 1)"
_UNKNOWN_LISTS = (
    "SELECT count(*) FROM (SELECT hash FROM list EXCEPT SELECT hash FROM idx.blocklist ORDER BY 1)"
)


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
        self._db = apsw.Connection("")
        try:
            self._db.execute(_TABLES).fetchall()
            self._db.execute("ATTACH ? AS idx", (str(index),))
            self._db.execute("BEGIN")
            self._add_lists()
            self._db.execute(_SINGLE)
            self._db.execute(_METADATA)
            # At once and sorted: one after the other at random places they take several times as long.
            self._db.execute("INSERT OR IGNORE INTO used SELECT hash FROM listed ORDER BY hash")
            self._db.execute("DROP TABLE listed")
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
        return cast("int", lacking) + cast("int", self._db.execute(_UNKNOWN_LISTS).get)

    def second_copies(self) -> dict[int, set[int]]:
        """Volumes that hold second copies of blocks in use, and in which volumes the first ones lie: by
        ids."""
        found: dict[int, set[int]] = {}
        for copy, first in cast("Iterator[tuple[int, int]]", self._db.execute(_COPIES)):
            found.setdefault(copy, set()).add(first)
        return found

    def choose(self, volumes: Iterable[int]) -> None:
        """Those that `live` will be asked about: one walk over all blocks, whatever their number."""
        self._db.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", ((each,) for each in volumes))
        self._db.execute(
            "INSERT OR IGNORE INTO live SELECT b.volume, b.hash, b.size,"
            " EXISTS (SELECT 1 FROM list l WHERE l.hash = b.hash) FROM idx.block b"
            " JOIN chosen c ON c.volume = b.volume JOIN used u ON u.hash = b.hash ORDER BY b.volume, b.hash"
        )

    def live(self, volume: int) -> dict[bytes, int]:
        """digest -> size of the blocks in use of a volume that was chosen."""
        rows = self._db.execute("SELECT hash, size FROM live WHERE volume = ?", (volume,))
        return {cast("bytes", digest): cast("int", size) for digest, size in rows}

    def lists(self, volume: int) -> set[bytes]:
        """Those of its blocks in use that are blocklists."""
        query = "SELECT hash FROM live WHERE volume = ? AND list"
        return {cast("bytes", row[0]) for row in self._db.execute(query, (volume,))}

    def _add_lists(self) -> None:
        """The blocks of larger files, and the lists themselves."""
        joined = cast("Iterator[tuple[bytes]]", self._db.execute(_LISTS))
        add_digests(self._db, "listed", (digests for (digests,) in joined), self._digest_size)
        self._db.execute("INSERT OR IGNORE INTO list SELECT hash FROM listed ORDER BY hash")
        query = "SELECT data FROM list CROSS JOIN idx.blocklist USING (hash)"
        contents = cast("Iterator[tuple[bytes]]", self._db.execute(query))
        add_digests(self._db, "listed", (content for (content,) in contents), self._digest_size)
