"""Blocks that many indexes tell of, put into the table of blocks at once.

Row after row at random places, a million blocks take ten seconds; gathered and sorted once, two. SQLite sorts
in files where memory does not do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import apsw

from triplicati.index.bulk import EACH_DIGEST, json_array

_STAGING = "CREATE TEMP TABLE IF NOT EXISTS staged_block (hash BLOB, size INTEGER, volume INTEGER)"


def stage_blocks(
    connection: apsw.Connection, volume: int, digests: bytes, digest_size: int, sizes: Sequence[int]
) -> None:
    """`digests` are joined, in the order of `sizes`. Nobody sees them before `settle_blocks`."""
    connection.execute(_STAGING)
    connection.execute(
        f"INSERT INTO temp.staged_block SELECT {EACH_DIGEST}, value, ?4 FROM json_each(?3)",
        (digests, digest_size, json_array(sizes), volume),
    )


def settle_blocks(connection: apsw.Connection) -> None:
    """What is staged becomes known. A block of several volumes counts for the one with the lowest id; in the
    others it is a duplicate: which index came first must not matter."""
    connection.execute(_STAGING)
    staged = cast("int", connection.execute("SELECT count(*) FROM temp.staged_block").get)
    before = connection.total_changes()
    connection.execute(
        "INSERT OR IGNORE INTO block (hash, size, volume)"
        " SELECT hash, size, volume FROM staged_block ORDER BY hash, size, volume"
    )
    if connection.total_changes() - before != staged:
        connection.execute(
            "INSERT OR IGNORE INTO duplicate_block (hash, size, volume)"
            " SELECT hash, size, volume FROM staged_block EXCEPT SELECT hash, size, volume FROM block"
            " ORDER BY 1, 2, 3"
        )
    connection.execute("DROP TABLE temp.staged_block")
