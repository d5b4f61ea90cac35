"""Loading a database from file lists and indexes, and finding what is missing in it (spec/format.md 12.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import apsw
import msgspec

from triplicati.formats.kinds import FILE
from triplicati.index.rows import COLUMNS, Row, insert_rows
from triplicati.index.schema import OPEN_END

# Two rows tell the same of a path. Times of a list are whole seconds on both sides here.
_EQUAL = (
    "i.path = entry.path AND i.kind = entry.kind AND i.size = entry.size AND i.mtime = entry.mtime"
    " AND i.hash IS entry.hash AND i.metahash = entry.metahash"
)


def load_version(connection: apsw.Connection, version: int, batches: Iterable[list[Row]]) -> int:
    """Adds a version that is newer than all there are; gives the number of its rows."""
    count = 0
    if connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone() is None:
        for rows in batches:
            insert_rows(connection, version, rows)
            count += len(rows)
        return count
    connection.execute(f"CREATE TEMP TABLE incoming AS SELECT {COLUMNS} FROM entry LIMIT 0")
    try:
        for rows in batches:
            connection.executemany(
                f"INSERT INTO incoming ({COLUMNS}) VALUES ({','.join('?' * 13)})",
                (msgspec.structs.astuple(row) for row in rows),
            )
            count += len(rows)
        connection.execute("CREATE INDEX temp.incoming_path ON incoming (path)")
        connection.execute(
            f"UPDATE entry SET until = ? WHERE until = {OPEN_END}"
            f" AND NOT EXISTS (SELECT 1 FROM incoming i WHERE {_EQUAL})",
            (version,),
        )
        connection.execute(
            f"INSERT OR REPLACE INTO entry (since, until, {COLUMNS})"
            f" SELECT ?, {OPEN_END}, {COLUMNS} FROM incoming i WHERE NOT EXISTS"
            f" (SELECT 1 FROM entry WHERE entry.path = i.path AND entry.until = {OPEN_END}) ORDER BY path",
            (version,),
        )
    finally:
        connection.execute("DROP TABLE temp.incoming")
    return count


def joined_blocklists(connection: apsw.Connection, version: int | None = None) -> Iterator[tuple[int, bytes]]:
    """(size, joined digests) for every stream of several blocks, of one version or of all."""
    for size, lists in (("size", "blocklists"), ("metasize", "metablocklists")):
        query = (
            f"SELECT DISTINCT {size}, {lists} FROM entry WHERE {lists} IS NOT NULL"
            " AND (?1 IS NULL OR (since <= ?1 AND until > ?1))"
        )
        yield from cast("Iterator[tuple[int, bytes]]", connection.execute(query, (version,)))


_UNKNOWN = "NOT EXISTS (SELECT 1 FROM block WHERE block.hash = h)"
_FIRST_LOOK = f"""
DROP TABLE IF EXISTS temp.missing;
DROP TABLE IF EXISTS temp.missing_list;
DROP TABLE IF EXISTS temp.needed_list;
DROP TABLE IF EXISTS temp.needed;
CREATE TEMP TABLE missing (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE missing_list (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE needed_list (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE needed (hash BLOB PRIMARY KEY) WITHOUT ROWID;
INSERT OR IGNORE INTO missing SELECT coalesce(blockhash, hash) AS h FROM entry
    WHERE kind = {FILE} AND size > 0 AND blocklists IS NULL AND {_UNKNOWN};
INSERT OR IGNORE INTO missing SELECT coalesce(metablockhash, metahash) AS h FROM entry
    WHERE metasize > 0 AND metablocklists IS NULL AND {_UNKNOWN};
"""
_SECOND_LOOK = f"""
INSERT OR IGNORE INTO missing_list SELECT hash AS h FROM needed_list
    WHERE NOT EXISTS (SELECT 1 FROM blocklist WHERE blocklist.hash = h);
INSERT OR IGNORE INTO missing SELECT hash AS h FROM needed_list WHERE {_UNKNOWN};
INSERT OR IGNORE INTO missing SELECT hash AS h FROM needed WHERE {_UNKNOWN};
DROP TABLE needed_list;
DROP TABLE needed;
"""


def find_missing(connection: apsw.Connection, digest_size: int) -> tuple[int, int]:
    """Fills the temporary tables `missing_list` and `missing` with the digests of blocklists whose content is
    not known, and of blocks that no volume is known to hold; gives both counts."""
    connection.execute(_FIRST_LOOK)
    joined = (lists for _, lists in joined_blocklists(connection))
    connection.executemany("INSERT OR IGNORE INTO needed_list VALUES (?)", _each(joined, digest_size))
    # Only lists that a version needs: indexes keep copies of others, whose blocks may be gone rightly.
    needed = cast(
        "Iterator[tuple[bytes]]",
        connection.execute("SELECT data FROM blocklist WHERE hash IN (SELECT hash FROM needed_list)"),
    )
    contents = (content for (content,) in needed)
    connection.executemany("INSERT OR IGNORE INTO needed VALUES (?)", _each(contents, digest_size))
    connection.execute(_SECOND_LOOK)
    return (
        cast("int", connection.execute("SELECT count(*) FROM missing_list").get),
        cast("int", connection.execute("SELECT count(*) FROM missing").get),
    )


def _each(joined: Iterable[bytes], digest_size: int) -> Iterator[tuple[bytes]]:
    """The rows for the digests that stand one behind the other in each of `joined`."""
    for digests in joined:
        for start in range(0, len(digests), digest_size):
            yield (digests[start : start + digest_size],)


def volumes_with_missing_lists(connection: apsw.Connection) -> set[int]:
    """Ids of the volumes that are known to hold blocklists whose content is not known."""
    rows = connection.execute("SELECT DISTINCT volume FROM block JOIN missing_list USING (hash)")
    return {cast("int", row[0]) for row in rows}


def missing_lists(connection: apsw.Connection) -> set[bytes]:
    return {cast("bytes", row[0]) for row in connection.execute("SELECT hash FROM missing_list")}


def broken_files(connection: apsw.Connection, digest_size: int, limit: int = 20) -> tuple[int, list[str]]:
    """How many rows need a block of `missing`, and the first paths. To be called after `find_missing`."""
    missing = {cast("bytes", row[0]) for row in connection.execute("SELECT hash FROM missing")}
    broken: list[str] = []
    count = 0
    query = (
        "SELECT DISTINCT path, coalesce(blockhash, hash), blocklists, coalesce(metablockhash, metahash),"
        " metablocklists FROM entry ORDER BY path"
    )
    for path, content, lists, metadata, metalists in connection.execute(query):
        needed = {content, metadata} if not lists else {metadata}
        for joined in (lists, metalists):
            needed.update(_blocks_under(connection, cast("bytes", joined or b""), digest_size))
        if needed & missing:
            count += 1
            if len(broken) < limit:
                broken.append(cast("str", path))
    return count, broken


def _blocks_under(connection: apsw.Connection, joined: bytes, digest_size: int) -> Iterator[bytes]:
    for start in range(0, len(joined), digest_size):
        digest = joined[start : start + digest_size]
        yield digest
        data = (
            cast(
                "bytes | None", connection.execute("SELECT data FROM blocklist WHERE hash = ?", (digest,)).get
            )
            or b""
        )
        for at in range(0, len(data), digest_size):
            yield data[at : at + digest_size]
