"""Which versions and files need certain volumes (spec/cli.md 1.3)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import cast

import apsw
import msgspec

from triplicati.engine.listing import all_versions
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.formats.kinds import FILE
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.index.volumes import all_volumes
from triplicati.messages.progress import Report
from triplicati.messages.results import AffectedResult

# Duplicati shows about this many paths.
SHOWN = 11
_PIECE = 20_000

# path, since, until, content digest, its blocklists, metadata digest, its blocklists
_Row = tuple[str, int, int, bytes | None, bytes | None, bytes | None, bytes | None]


class _Lost(msgspec.Struct, frozen=True):
    """What is gone with the volumes: blocks, blocklists that name one of these, and whole versions by id."""

    blocks: set[bytes]
    lists: set[bytes]
    versions: frozenset[int]
    digest_size: int

    def breaks(self, row: _Row) -> bool:
        """Whether a block of the row is gone, so that every version that shows it is hit."""
        _, _, _, content, lists, metadata, metalists = row
        return (
            content in self.blocks
            or metadata in self.blocks
            or bool(lists and self._any_list(lists))
            or bool(metalists and self._any_list(metalists))
        )

    def forgets(self, row: _Row) -> bool:
        """Whether a version that shows the row is gone."""
        return any(row[1] <= each < row[2] for each in self.versions)

    def _any_list(self, joined: bytes) -> bool:
        return any(digest in self.lists for digest in split(joined, self.digest_size))


async def affected(
    database: Database, names: Sequence[str], report: Report, *, limit: int | None = SHOWN
) -> AffectedResult:
    """The versions that need one of the volumes, and the first `limit` paths in them that do.

    An index volume stands for the data volumes it describes, and a file list for its version. A name that is
    not known is a warning.
    """
    result = AffectedResult(main_operation="ListAffected", begin_time=time.time())
    lost = await _lost(database, names, report)
    hit: set[tuple[int, int]] = set()
    after: tuple[str, int] | None = ("", -1)
    last = ""
    while after is not None and (lost.blocks or lost.lists or lost.versions):
        rows, after = await database.read(lambda c, at=after: _piece(c, at))  # type: ignore[misc]  # a default binds the loop's value
        for row in rows:
            if breaks := lost.breaks(row):
                hit.add((row[1], row[2]))
            if row[0] != last and (breaks or lost.forgets(row)):
                last = row[0]
                result.file_count += 1
                if limit is None or len(result.files) < limit:
                    result.files.append(last)
    for version in await all_versions(database):
        identity = version.fileset.id
        if identity in lost.versions or any(since <= identity < until for since, until in hit):
            result.versions.append(version.line)
    result.end_time = time.time()
    return result


def split(joined: bytes, digest_size: int) -> Iterator[bytes]:
    """The digests that stand one behind the other."""
    for start in range(0, len(joined), digest_size):
        yield joined[start : start + digest_size]


async def _lost(database: Database, names: Sequence[str], report: Report) -> _Lost:
    known = {row.name: row for row in await database.read(all_volumes)}
    for name in names:
        if name not in known:
            report.warning("UnknownVolume", f"There is no volume {name} in this backup.", name)
    rows = [known[name] for name in names if name in known]
    recorded = await database.read(read_settings)
    size = DIGEST_SIZES[recorded.get("block-hash-algorithm", "SHA256")]
    dblocks = {row.id for row in rows if row.kind == "dblock"}
    for row in rows:
        if row.kind == "dindex":
            dblocks |= await database.read(lambda c, dindex=row.id: _described(c, dindex))  # type: ignore[misc]  # a default binds the loop's value
    blocks = await database.read(lambda c: _blocks(c, dblocks)) if dblocks else set()
    dlists = {row.id for row in rows if row.kind == "dlist"}
    versions = {each.fileset.id for each in await all_versions(database) if each.fileset.dlist in dlists}
    lists = await database.read(lambda c: _lists(c, blocks, size)) if blocks else set()
    return _Lost(blocks, lists, frozenset(versions), size)


def _described(connection: apsw.Connection, dindex: int) -> set[int]:
    rows = connection.execute("SELECT dblock FROM index_link WHERE dindex = ?", (dindex,))
    return {cast("int", row[0]) for row in rows}


def _blocks(connection: apsw.Connection, dblocks: set[int]) -> set[bytes]:
    """One walk over all blocks, whatever the number of volumes; SQL would need an index for it."""
    rows = cast("Iterator[tuple[bytes, int]]", connection.execute("SELECT hash, volume FROM block"))
    return {digest for digest, volume in rows if volume in dblocks}


def _lists(connection: apsw.Connection, blocks: set[bytes], size: int) -> set[bytes]:
    """Blocklists that are such a block themselves, and those that name one."""
    rows = cast("Iterator[tuple[bytes, bytes]]", connection.execute("SELECT hash, data FROM blocklist"))
    named = {digest for digest, data in rows if any(each in blocks for each in split(data, size))}
    return blocks | named


def _piece(connection: apsw.Connection, start: tuple[str, int]) -> tuple[list[_Row], tuple[str, int] | None]:
    query = (
        "SELECT path, since, until,"
        f" CASE WHEN kind = {FILE} AND size > 0 AND blocklists IS NULL THEN coalesce(blockhash, hash) END,"
        " blocklists,"
        " CASE WHEN metasize > 0 AND metablocklists IS NULL THEN coalesce(metablockhash, metahash) END,"
        " metablocklists FROM entry WHERE (path, since) > (?, ?) ORDER BY path, since LIMIT ?"
    )
    rows = cast("list[_Row]", connection.execute(query, (*start, _PIECE)).fetchall())
    return rows, (rows[-1][0], rows[-1][1]) if len(rows) == _PIECE else None
