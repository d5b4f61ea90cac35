"""Which block lies in which volume."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import cast

import apsw

from triplicati.index.bulk import EACH_DIGEST, json_array

# A statement's values are bound in one go this many at a time.
_MANY = 500


def add_blocks(connection: apsw.Connection, volume: int, blocks: Iterable[tuple[bytes, int]]) -> None:
    """Sorted first: rows in random order cost five times as much. A block that is known elsewhere is noted as
    a duplicate. All digests are of one length."""
    pairs = list(blocks)
    if not pairs:
        return
    digests, sizes = b"".join(digest for digest, _ in pairs), [size for _, size in pairs]
    values = (digests, len(pairs[0][0]), json_array(sizes), volume)
    before = connection.total_changes()
    connection.execute(
        f"INSERT OR IGNORE INTO block (hash, size, volume) SELECT {EACH_DIGEST}, value, ?4 FROM json_each(?3)"
        " ORDER BY 1, 2",
        values,
    )
    if connection.total_changes() - before != len(pairs):
        connection.execute(
            "INSERT OR IGNORE INTO duplicate_block (hash, size, volume)"
            f" SELECT b.hash, b.size, ?4 FROM (SELECT {EACH_DIGEST} AS hash, value AS size"
            " FROM json_each(?3)) n CROSS JOIN block b USING (hash, size) WHERE b.volume <> ?4",
            values,
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


def holds_blocks(connection: apsw.Connection, volume: int) -> bool:
    """Whether anything is known to be in a volume."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM block WHERE volume = ?1)"
        " OR EXISTS (SELECT 1 FROM duplicate_block WHERE volume = ?1)"
    )
    return bool(connection.execute(query, (volume,)).get)


def note_places(connection: apsw.Connection) -> None:
    """Makes `blocks_of_volume` and its kind fast, until `forget_places`: an index for good would slow down
    every backup."""
    for table in ("block", "duplicate_block"):
        connection.execute(f"CREATE INDEX IF NOT EXISTS {table}_places ON {table} (volume)")


def forget_places(connection: apsw.Connection) -> None:
    for table in ("block", "duplicate_block"):
        connection.execute(f"DROP INDEX IF EXISTS {table}_places")


def blocks_of_volume(connection: apsw.Connection, volume: int) -> list[tuple[bytes, int]]:
    """Those that count as another volume's too."""
    rows = connection.execute(
        "SELECT hash, size FROM block WHERE volume = ?1"
        " UNION SELECT hash, size FROM duplicate_block WHERE volume = ?1",
        (volume,),
    )
    return [(cast("bytes", digest), cast("int", size)) for digest, size in rows]


def blocklists_of_volume(connection: apsw.Connection, volume: int) -> Iterator[tuple[bytes, bytes]]:
    """(digest, content) of the blocklists among its blocks, as far as they are known."""
    rows = connection.execute(
        "SELECT hash, data FROM blocklist WHERE hash IN (SELECT hash FROM block WHERE volume = ?1"
        " UNION SELECT hash FROM duplicate_block WHERE volume = ?1)",
        (volume,),
    )
    return cast("Iterator[tuple[bytes, bytes]]", rows)


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
    """(digest, content) of blocklists. All digests are of one length."""
    pairs = list(lists)
    if not pairs:
        return
    lengths = [len(content) for _, content in pairs]
    starts = accumulate(lengths, initial=1)
    digests, contents = (b"".join(each) for each in zip(*pairs, strict=True))
    spans = json_array(list(zip(starts, lengths, strict=False)))  # the last start is the end
    connection.execute(
        f"INSERT OR IGNORE INTO blocklist (hash, data) SELECT {EACH_DIGEST},"
        " coalesce(substr(?4, value ->> 0, value ->> 1), x'') FROM json_each(?3) ORDER BY 1",
        (digests, len(pairs[0][0]), spans, contents),
    )


def read_blocklists(connection: apsw.Connection, digests: Iterable[bytes]) -> Iterator[bytes | None]:
    """The content of each, in order; None for one that is not known."""
    for digest in digests:
        yield cast(
            "bytes | None", connection.execute("SELECT data FROM blocklist WHERE hash = ?", (digest,)).get
        )
