"""Lists of blocks whose volumes were lost, while what is in them is known: they are to be stored again.

Else a file of which every block is still there could not be put together. The table is made by whoever writes
first, and is empty but for an operation that was interrupted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import cast

import apsw

from triplicati.index.blocks import blocklists_of_volume
from triplicati.index.recreating import joined_blocklists

_TABLE = """
CREATE TABLE IF NOT EXISTS owed_list (hash BLOB PRIMARY KEY, data BLOB NOT NULL) STRICT, WITHOUT ROWID
"""


def owe_lists(
    connection: apsw.Connection, volumes: Iterable[int], whole: Collection[bytes] = frozenset()
) -> None:
    """Those of the volumes, but for the digests that are still `whole` there. To be called before what the
    volumes held is forgotten."""
    connection.execute(_TABLE)
    for volume in volumes:
        lists = [each for each in blocklists_of_volume(connection, volume) if each[0] not in whole]
        connection.executemany("INSERT OR IGNORE INTO owed_list (hash, data) VALUES (?, ?)", lists)


def owed_lists(connection: apsw.Connection, digest_size: int) -> list[tuple[bytes, bytes]]:
    """(digest, content) of those that versions need and no volume holds, sorted."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'owed_list'"
    if connection.execute(query).fetchone() is None:
        return []
    rows = connection.execute(
        "SELECT hash, data FROM owed_list o WHERE NOT EXISTS (SELECT 1 FROM block b WHERE b.hash = o.hash)"
        " ORDER BY hash"
    )
    lists = dict(cast("Iterable[tuple[bytes, bytes]]", rows))
    needed: set[bytes] = set()
    for _, joined in joined_blocklists(connection) if lists else ():
        needed.update(joined[at : at + digest_size] for at in range(0, len(joined), digest_size))
        needed &= lists.keys()
    return [(digest, lists[digest]) for digest in sorted(needed)]


def nothing_owed(connection: apsw.Connection) -> None:
    connection.execute("DROP TABLE IF EXISTS owed_list")
