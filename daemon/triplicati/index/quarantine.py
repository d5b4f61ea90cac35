"""Volumes that were found damaged, and what is left of them.

A volume stands here once it was read block by block: what it no longer holds is forgotten, so that a backup
stores it again, and what it still holds counts as before. The table is made by whoever writes first; a
volume takes its row with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import apsw
import msgspec

from triplicati.index.blocks import holds_blocks
from triplicati.index.volume_checks import damaged_volumes

_TABLE = """
CREATE TABLE IF NOT EXISTS quarantine (
    volume INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    lost INTEGER NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS quarantine_goes AFTER DELETE ON volume BEGIN
    DELETE FROM quarantine WHERE volume = old.id;
END;
"""
_LOST = "volume = ?1 AND hash NOT IN (SELECT hash FROM temp.whole)"
_GONE = (
    f"SELECT (SELECT count(*) FROM block WHERE {_LOST})"
    f" + (SELECT count(*) FROM duplicate_block WHERE {_LOST})"
)
_ELSEWHERE = (
    "SELECT min(d.volume) FROM duplicate_block d"
    " WHERE d.hash = block.hash AND d.size = block.size AND d.volume <> ?1"
)


class Quarantined(msgspec.Struct, frozen=True):
    """`time` in Unix seconds; `lost` counts the blocks that it no longer holds."""

    name: str
    time: int
    lost: int


class Kept(msgspec.Struct, frozen=True):
    """Numbers of blocks: `gone` from the volume, and `lost`, which no other one holds either."""

    lost: int
    gone: int


def quarantined(connection: apsw.Connection) -> dict[int, Quarantined]:
    """By the ids of the volumes."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'quarantine'"
    if connection.execute(query).fetchone() is None:
        return {}
    rows = connection.execute(
        "SELECT volume, name, time, lost FROM quarantine JOIN volume ON volume.id = quarantine.volume"
    )
    found = cast("Iterable[tuple[int, str, int, int]]", rows)
    return {volume: Quarantined(name, time, lost) for volume, name, time, lost in found}


def doubtful_volumes(connection: apsw.Connection) -> set[int]:
    """Ids of those that a test found damaged and that nobody has looked at since."""
    looked_at = {volume: each.time for volume, each in quarantined(connection).items()}
    tested = damaged_volumes(connection)
    return {volume for volume, time in tested.items() if time >= looked_at.get(volume, time)}


def without_blocks(connection: apsw.Connection) -> list[int]:
    """Ids of the dblocks that were found damaged and have nothing left."""
    kinds = {row[0] for row in connection.execute("SELECT id FROM volume WHERE kind = 'dblock'")}
    return [each for each in quarantined(connection) if each in kinds and not holds_blocks(connection, each)]


def keep_only(
    connection: apsw.Connection, volume: int, whole: Iterable[bytes], *, size: int, digest: bytes, now: int
) -> Kept:
    """A volume holds the blocks of `whole` and no other ones, and has this size and hash. What another volume
    holds too is found there."""
    connection.execute(_TABLE)
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS whole (hash BLOB PRIMARY KEY) WITHOUT ROWID")
    connection.execute("DELETE FROM temp.whole")
    connection.executemany("INSERT OR IGNORE INTO temp.whole VALUES (?)", ((each,) for each in whole))
    gone = cast("int", connection.execute(_GONE, (volume,)).get)
    connection.execute(f"DELETE FROM duplicate_block WHERE {_LOST}", (volume,))
    connection.execute(
        f"UPDATE block SET volume = coalesce(({_ELSEWHERE}), volume) WHERE {_LOST}", (volume,)
    )
    connection.execute(
        "DELETE FROM duplicate_block WHERE EXISTS (SELECT 1 FROM block b WHERE b.hash = duplicate_block.hash"
        " AND b.size = duplicate_block.size AND b.volume = duplicate_block.volume)"
    )
    connection.execute(
        f"DELETE FROM blocklist WHERE hash IN (SELECT hash FROM block WHERE {_LOST})", (volume,)
    )
    connection.execute(f"DELETE FROM block WHERE {_LOST}", (volume,))
    lost = connection.changes()
    connection.execute("UPDATE volume SET size = ?2, hash = ?3 WHERE id = ?1", (volume, size, digest))
    connection.execute(
        "INSERT OR REPLACE INTO quarantine (volume, time, lost) VALUES (?, ?, ?)", (volume, now, lost)
    )
    return Kept(lost, gone)
