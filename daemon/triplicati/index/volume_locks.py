"""Until when volumes are locked at the destination, as far as this machine knows.

The table is made by whoever writes first; after a lost database the destination tells it again. A volume
takes its row with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import apsw

from triplicati.formats.kinds import FILE
from triplicati.index.bulk import add_digests
from triplicati.index.recreating import joined_blocklists

_TABLE = """
CREATE TABLE IF NOT EXISTS volume_lock (volume INTEGER PRIMARY KEY, until INTEGER NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS volume_lock_goes AFTER DELETE ON volume BEGIN
    DELETE FROM volume_lock WHERE volume = old.id;
END;
"""
_SINGLE = f"""
INSERT INTO temp.in_use SELECT coalesce(blockhash, hash) FROM entry
    WHERE since <= ?1 AND until > ?1 AND kind = {FILE} AND size > 0 AND blocklists IS NULL
UNION ALL SELECT coalesce(metablockhash, metahash) FROM entry
    WHERE since <= ?1 AND until > ?1 AND metasize > 0 AND metablocklists IS NULL
"""


def record_locks(connection: apsw.Connection, locks: Mapping[int, int]) -> None:
    """Unix seconds by the ids of volumes, 0 for one that is known not to be locked."""
    connection.execute(_TABLE)
    connection.executemany(
        "INSERT OR REPLACE INTO volume_lock (volume, until) SELECT ?1, ?2"
        " WHERE EXISTS (SELECT 1 FROM volume WHERE id = ?1)",
        locks.items(),
    )


def known_locks(connection: apsw.Connection) -> dict[int, int]:
    """As `record_locks` takes them."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'volume_lock'"
    if connection.execute(query).fetchone() is None:
        return {}
    rows = connection.execute("SELECT volume, until FROM volume_lock")
    return {cast("int", volume): cast("int", until) for volume, until in rows}


def locked_volumes(connection: apsw.Connection, now: float) -> set[int]:
    """Ids of those that may not be deleted yet; a dblock is among them with one of its indexes."""
    found = {volume for volume, until in known_locks(connection).items() if until > now}
    if found:
        pairs = connection.execute("SELECT dindex, dblock FROM index_link").fetchall()
        found |= {cast("int", dblock) for dindex, dblock in pairs if dindex in found}
    return found


def volumes_of_versions(connection: apsw.Connection, versions: Sequence[int], digest_size: int) -> set[int]:
    """Ids of all volumes that it takes to restore them, with the indexes. Uses temporary tables of the
    writer."""
    connection.execute(
        "DROP TABLE IF EXISTS temp.in_use; DROP TABLE IF EXISTS temp.lists_in_use;"
        "CREATE TEMP TABLE in_use (hash BLOB); CREATE TEMP TABLE lists_in_use (hash BLOB)"
    )
    for each in versions:
        connection.execute(_SINGLE, (each,))
        lists = (joined for _, joined in joined_blocklists(connection, each))
        add_digests(connection, "lists_in_use", lists, digest_size)
    contents = cast(
        "list[tuple[bytes]]",
        connection.execute("SELECT data FROM blocklist WHERE hash IN (SELECT hash FROM temp.lists_in_use)"),
    )
    add_digests(connection, "in_use", (content for (content,) in contents), digest_size)
    rows = connection.execute(
        "SELECT DISTINCT volume FROM block WHERE hash IN"
        " (SELECT hash FROM temp.in_use UNION SELECT hash FROM temp.lists_in_use)"
    ).fetchall()
    found = {cast("int", row[0]) for row in rows}
    pairs = connection.execute("SELECT dindex, dblock FROM index_link").fetchall()
    found |= {cast("int", dindex) for dindex, dblock in pairs if dblock in found}
    wanted = set(versions)
    found |= {
        cast("int", dlist)
        for version, dlist in connection.execute("SELECT id, dlist FROM fileset WHERE dlist IS NOT NULL")
        if version in wanted
    }
    connection.execute("DROP TABLE temp.in_use; DROP TABLE temp.lists_in_use")
    return found
