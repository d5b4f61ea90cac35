"""Remote volumes as this machine knows them (spec/format.md 13.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, cast

import apsw
import msgspec

from triplicati.formats.names import VolumeKind

State = Literal["Temporary", "Uploading", "Uploaded", "Verified", "Deleting", "Deleted"]


class VolumeRow(msgspec.Struct, frozen=True):
    """`size` in bytes, -1 while unknown; `hash` raw, of the remote bytes, None while unknown."""

    id: int
    name: str
    kind: VolumeKind
    state: State
    size: int
    hash: bytes | None


def any_volumes(connection: apsw.Connection) -> bool:
    return connection.execute("SELECT 1 FROM volume LIMIT 1").fetchone() is not None


def all_volumes(connection: apsw.Connection, kind: VolumeKind | None = None) -> list[VolumeRow]:
    query = "SELECT id, name, kind, state, size, hash FROM volume WHERE ?1 IS NULL OR kind = ?1 ORDER BY id"
    return [VolumeRow(*_typed(row)) for row in connection.execute(query, (kind,))]


def volume_named(connection: apsw.Connection, name: str) -> VolumeRow | None:
    row = connection.execute(
        "SELECT id, name, kind, state, size, hash FROM volume WHERE name = ?", (name,)
    ).fetchone()
    return VolumeRow(*_typed(row)) if row else None


def add_volume(
    connection: apsw.Connection,
    name: str,
    kind: VolumeKind,
    state: State,
    size: int = -1,
    digest: bytes | None = None,
) -> int:
    connection.execute(
        "INSERT INTO volume (name, kind, state, size, hash) VALUES (?, ?, ?, ?, ?)",
        (name, kind, state, size, digest),
    )
    return connection.last_insert_rowid()


def set_state(connection: apsw.Connection, names: Iterable[str], state: State) -> None:
    connection.executemany("UPDATE volume SET state = ? WHERE name = ?", ((state, name) for name in names))


def set_size(connection: apsw.Connection, volume: int, size: int, digest: bytes) -> None:
    connection.execute("UPDATE volume SET size = ?2, hash = ?3 WHERE id = ?1", (volume, size, digest))


def rename_volume(connection: apsw.Connection, old: str, new: str) -> None:
    """A retry under a new name: the row keeps its links, the old name is to be deleted."""
    row = volume_named(connection, old)
    if row is not None:
        connection.execute("UPDATE volume SET name = ? WHERE id = ?", (new, row.id))
        add_volume(connection, old, row.kind, "Deleting", row.size)


def link_index(connection: apsw.Connection, dindex: int, dblocks: Sequence[int]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO index_link (dindex, dblock) VALUES (?, ?)",
        ((dindex, dblock) for dblock in dblocks),
    )


def forget_volume(connection: apsw.Connection, volume: int) -> None:
    """As `forget_volumes`, one."""
    forget_volumes(connection, [volume])


_FORGOTTEN = """
DROP TABLE IF EXISTS temp.forgotten;
DROP TABLE IF EXISTS temp.forgotten_block;
CREATE TEMP TABLE forgotten (volume INTEGER PRIMARY KEY);
CREATE TEMP TABLE forgotten_block (hash BLOB, size INTEGER, PRIMARY KEY (hash, size)) WITHOUT ROWID;
"""
_GONE = "(SELECT volume FROM forgotten)"
_FORGET = f"""
INSERT INTO forgotten_block SELECT hash, size FROM block WHERE volume IN {_GONE} ORDER BY hash, size;
DELETE FROM duplicate_block WHERE volume IN {_GONE};
UPDATE block SET volume = d.volume FROM (
    SELECT f.hash AS hash, f.size AS size, min(d.volume) AS volume
        FROM forgotten_block f CROSS JOIN duplicate_block d USING (hash, size) GROUP BY f.hash, f.size
) d WHERE block.hash = d.hash AND block.size = d.size;
DELETE FROM duplicate_block WHERE EXISTS (SELECT 1 FROM block b WHERE b.hash = duplicate_block.hash
    AND b.size = duplicate_block.size AND b.volume = duplicate_block.volume);
DELETE FROM forgotten_block WHERE EXISTS (SELECT 1 FROM block b WHERE b.hash = forgotten_block.hash
    AND b.size = forgotten_block.size AND +b.volume NOT IN {_GONE});
DELETE FROM blocklist WHERE hash IN (SELECT hash FROM forgotten_block);
DELETE FROM block WHERE (hash, size) IN (SELECT hash, size FROM forgotten_block);
DELETE FROM index_link WHERE dblock IN {_GONE} OR dindex IN {_GONE};
UPDATE fileset SET dlist = NULL WHERE dlist IN {_GONE}; -- its number may be another list's one day
DELETE FROM volume WHERE id IN {_GONE};
"""


def forget_volumes(connection: apsw.Connection, volumes: Sequence[int]) -> None:
    """Removes volumes and all they were known to hold, in one walk over all blocks. What another volume holds
    too moves there."""
    connection.execute(_FORGOTTEN)
    connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", ((each,) for each in volumes))
    connection.execute(_FORGET)


def indexes_only_of(connection: apsw.Connection, dblocks: Sequence[int]) -> list[VolumeRow]:
    """The dindex volumes that describe some of these dblocks and no other one."""
    wanted = set(dblocks)
    described: dict[int, set[int]] = {}
    for dindex, dblock in connection.execute("SELECT dindex, dblock FROM index_link"):
        described.setdefault(cast("int", dindex), set()).add(cast("int", dblock))
    only = {dindex for dindex, those in described.items() if those <= wanted}
    return [row for row in all_volumes(connection, "dindex") if row.id in only]


def unindexed_dblocks(connection: apsw.Connection) -> list[VolumeRow]:
    """Uploaded dblocks that no dindex describes."""
    query = (
        "SELECT id, name, kind, state, size, hash FROM volume WHERE kind = 'dblock'"
        " AND state IN ('Uploaded', 'Verified') AND id NOT IN (SELECT dblock FROM index_link) ORDER BY id"
    )
    return [VolumeRow(*_typed(row)) for row in connection.execute(query)]


def unlinked_dindexes(connection: apsw.Connection) -> list[VolumeRow]:
    """Those at the destination of which no dblock is known that they describe."""
    query = (
        "SELECT id, name, kind, state, size, hash FROM volume WHERE kind = 'dindex'"
        " AND state IN ('Uploaded', 'Verified') AND id NOT IN (SELECT dindex FROM index_link) ORDER BY id"
    )
    return [VolumeRow(*_typed(row)) for row in connection.execute(query)]


def _typed(row: object) -> tuple[int, str, VolumeKind, State, int, bytes | None]:
    return cast("tuple[int, str, VolumeKind, State, int, bytes | None]", row)
