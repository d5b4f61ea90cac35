"""Loading a database from file lists and indexes, and finding what is missing in it (spec/format.md 12.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import cast

import apsw
import msgspec

from triplicati.formats.kinds import FILE
from triplicati.index.bulk import ALL_DIGESTS, add_digests
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


_TABLES = """
DROP TABLE IF EXISTS temp.missing;
DROP TABLE IF EXISTS temp.missing_list;
CREATE TEMP TABLE missing (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE missing_list (hash BLOB PRIMARY KEY) WITHOUT ROWID;
DROP TABLE IF EXISTS temp.needed;
DROP TABLE IF EXISTS temp.needed_list;
CREATE TEMP TABLE needed (hash BLOB);
CREATE TEMP TABLE needed_list (hash BLOB);
"""
_SINGLE = f"""
INSERT INTO needed SELECT coalesce(blockhash, hash) FROM entry
    WHERE kind = {FILE} AND size > 0 AND blocklists IS NULL;
INSERT INTO needed SELECT coalesce(metablockhash, metahash) FROM entry
    WHERE metasize > 0 AND metablocklists IS NULL;
"""
# In one walk along both, which takes a quarter of the time of looking each one up.
_UNKNOWN = (
    "INSERT OR IGNORE INTO {missing} SELECT hash FROM {needed} WHERE hash IS NOT NULL"
    " EXCEPT SELECT hash FROM {known} ORDER BY 1"
)
_NO_MORE = "DROP TABLE temp.needed; DROP TABLE temp.needed_list"


def find_missing(connection: apsw.Connection, digest_size: int) -> tuple[int, int]:
    """Fills the temporary tables `missing_list` and `missing` with the digests of blocklists whose content is
    not known, and of blocks that no volume is known to hold; gives both counts."""
    connection.execute(_TABLES)
    connection.execute(_SINGLE)
    add_digests(connection, "needed_list", (lists for _, lists in joined_blocklists(connection)), digest_size)
    connection.execute(_UNKNOWN.format(missing="missing_list", needed="needed_list", known="blocklist"))
    connection.execute("INSERT INTO needed SELECT hash FROM needed_list")
    # Only lists that a version needs: indexes keep copies of others, whose blocks may be gone rightly.
    wanted = cast(
        "Iterator[tuple[bytes]]",
        connection.execute("SELECT data FROM blocklist WHERE hash IN (SELECT hash FROM needed_list)"),
    )
    add_digests(connection, "needed", (content for (content,) in wanted), digest_size)
    connection.execute(_UNKNOWN.format(missing="missing", needed="needed", known="block"))
    connection.execute(_NO_MORE)
    return missing_counts(connection)


def missing_counts(connection: apsw.Connection) -> tuple[int, int]:
    """Of blocklists and of blocks."""
    return (
        cast("int", connection.execute("SELECT count(*) FROM missing_list").get),
        cast("int", connection.execute("SELECT count(*) FROM missing").get),
    )


def anything_missing(connection: apsw.Connection) -> bool:
    query = "SELECT hash FROM missing_list UNION ALL SELECT hash FROM missing LIMIT 1"
    return connection.execute(query).fetchone() is not None


def strike_found(
    connection: apsw.Connection, digests: bytes, lists: Sequence[tuple[bytes, bytes]], digest_size: int
) -> None:
    """Takes what a volume was found to hold off `missing` and `missing_list`, once it is recorded: the joined
    `digests` of its blocks, and (digest, content) of blocklists. What these list may be missing in turn."""
    connection.execute(f"DELETE FROM missing WHERE hash IN ({ALL_DIGESTS})", (digests, digest_size))
    wanted = missing_lists(connection) if lists else set()
    opened = {digest: content for digest, content in lists if digest in wanted}
    if not opened:
        return
    connection.execute(
        f"DELETE FROM missing_list WHERE hash IN ({ALL_DIGESTS})", (b"".join(opened), digest_size)
    )
    connection.execute("CREATE TEMP TABLE needed (hash BLOB)")
    add_digests(connection, "needed", opened.values(), digest_size)
    # These are few beside all blocks.
    connection.execute(
        "INSERT OR IGNORE INTO missing SELECT hash FROM needed n"
        " WHERE NOT EXISTS (SELECT 1 FROM block b WHERE b.hash = n.hash)"
    )
    connection.execute("DROP TABLE temp.needed")


def volumes_with_missing_lists(connection: apsw.Connection) -> set[int]:
    """Ids of the volumes that are known to hold blocklists whose content is not known."""
    rows = connection.execute("SELECT DISTINCT volume FROM block JOIN missing_list USING (hash)")
    return {cast("int", row[0]) for row in rows}


def missing_lists(connection: apsw.Connection) -> set[bytes]:
    return {cast("bytes", row[0]) for row in connection.execute("SELECT hash FROM missing_list")}


class Lacking(msgspec.Struct, frozen=True):
    """A path as a version has it that needs lost blocks: digests of its content and metadata where they are
    one block, joined digests of their blocklists where they are more."""

    path: str
    kind: int
    content: bytes | None
    lists: bytes | None
    metadata: bytes | None
    metalists: bytes | None


def missing_digests(connection: apsw.Connection) -> set[bytes]:
    """Of blocks, blocklists among them. To be called after `find_missing`."""
    return {cast("bytes", row[0]) for row in connection.execute("SELECT hash FROM missing")}


def rows_lacking(
    connection: apsw.Connection, missing: Collection[bytes], digest_size: int
) -> Iterator[Lacking]:
    """What needs one of the `missing` blocks. Names that are no text are left out: they are not as stored."""
    query = (
        "SELECT DISTINCT path, kind, CASE WHEN blocklists IS NULL AND size > 0 THEN coalesce(blockhash, hash)"
        " END, blocklists, CASE WHEN metablocklists IS NULL THEN coalesce(metablockhash, metahash) END,"
        " metablocklists FROM entry WHERE raw IS NULL ORDER BY path"
    )
    for row in cast("Iterator[tuple[str, int, bytes, bytes, bytes, bytes]]", connection.execute(query)):
        _, _, content, lists, metadata, metalists = row
        needed = {content, metadata}
        for joined in (lists, metalists):
            needed.update(_blocks_under(connection, joined or b"", digest_size))
        if not needed.isdisjoint(missing):
            yield Lacking(*row)


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
