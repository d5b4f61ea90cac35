"""Which block lies in which volume."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import apsw

# A statement's values are bound in one go this many at a time.
_MANY = 500


def add_blocks(connection: apsw.Connection, volume: int, blocks: Iterable[tuple[bytes, int]]) -> None:
    """Sorted first: rows in random order cost five times as much. A block that is known elsewhere is noted as
    a duplicate."""
    ordered = sorted(blocks)
    before = connection.total_changes()
    connection.executemany(
        "INSERT OR IGNORE INTO block (hash, size, volume) VALUES (?, ?, ?)",
        ((digest, size, volume) for digest, size in ordered),
    )
    if connection.total_changes() - before != len(ordered):
        connection.executemany(
            "INSERT OR IGNORE INTO duplicate_block (hash, size, volume)"
            " SELECT hash, size, ?3 FROM block WHERE hash = ?1 AND size = ?2 AND volume <> ?3",
            ((digest, size, volume) for digest, size in ordered),
        )


def known_blocks(connection: apsw.Connection, digests: Sequence[bytes]) -> set[bytes]:
    """Those of `digests` that some volume holds."""
    found: set[bytes] = set()
    for start in range(0, len(digests), _MANY):
        some = digests[start : start + _MANY]
        query = f"SELECT hash FROM block WHERE hash IN ({','.join('?' * len(some))})"
        found.update(cast("bytes", row[0]) for row in connection.execute(query, some))
    return found


def has_blocks(connection: apsw.Connection) -> bool:
    return connection.execute("SELECT 1 FROM block LIMIT 1").fetchone() is not None


def blocks_of_volume(connection: apsw.Connection, volume: int) -> list[tuple[bytes, int]]:
    rows = connection.execute("SELECT hash, size FROM block WHERE volume = ?", (volume,))
    return [(cast("bytes", digest), cast("int", size)) for digest, size in rows]


def locate_blocks(connection: apsw.Connection, digests: Sequence[bytes]) -> dict[bytes, int]:
    """digest -> volume id, for those that are known."""
    found: dict[bytes, int] = {}
    for start in range(0, len(digests), _MANY):
        some = digests[start : start + _MANY]
        query = f"SELECT hash, volume FROM block WHERE hash IN ({','.join('?' * len(some))})"
        found.update(
            (cast("bytes", digest), cast("int", volume)) for digest, volume in connection.execute(query, some)
        )
    return found


def add_blocklists(connection: apsw.Connection, lists: Iterable[tuple[bytes, bytes]]) -> None:
    """(digest, content) of blocklists."""
    connection.executemany("INSERT OR IGNORE INTO blocklist (hash, data) VALUES (?, ?)", lists)


def read_blocklists(connection: apsw.Connection, digests: Iterable[bytes]) -> Iterator[bytes | None]:
    """The content of each, in order; None for one that is not known."""
    for digest in digests:
        yield cast(
            "bytes | None", connection.execute("SELECT data FROM blocklist WHERE hash = ?", (digest,)).get
        )
