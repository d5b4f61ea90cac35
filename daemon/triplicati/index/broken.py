"""Which entries need a block that no volume holds (spec/format.md 12.3).

Kept in a scratch database beside the local one, so that neither memory nor its writer is taken up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import apsw
import msgspec

from triplicati.formats.kinds import FILE, SYMLINK
from triplicati.index.rewriting import Chosen

_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;
CREATE TABLE lost (volume INTEGER PRIMARY KEY);
CREATE TABLE needed (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE gone (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE bad (lists BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE broken (
    path TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, kind INTEGER NOT NULL,
    size INTEGER NOT NULL, content INTEGER NOT NULL, PRIMARY KEY (path, since)
) WITHOUT ROWID;
"""
_HELD = (
    "(EXISTS (SELECT 1 FROM idx.block b WHERE b.hash = {0} AND b.volume NOT IN (SELECT volume FROM lost))"
    " OR EXISTS (SELECT 1 FROM idx.duplicate_block d WHERE d.hash = {0}"
    " AND d.volume NOT IN (SELECT volume FROM lost)))"
)
_CONTENT, _METADATA = "coalesce(blockhash, hash)", "coalesce(metablockhash, metahash)"
# In the order of the hashes, for looking up as many in any other order takes several times as long.
_NEEDED = (
    f"INSERT OR IGNORE INTO needed SELECT {_CONTENT} FROM idx.entry WHERE kind = {FILE} AND size > 0"
    " AND blocklists IS NULL ORDER BY 1",
    f"INSERT OR IGNORE INTO needed SELECT {_METADATA} FROM idx.entry WHERE metasize > 0"
    " AND metablocklists IS NULL ORDER BY 1",
)
_GONE = f"INSERT INTO gone SELECT hash AS h FROM needed WHERE NOT {_HELD.format('h')} ORDER BY 1"
_MANY = 50_000
_LISTS = """
SELECT DISTINCT blocklists FROM idx.entry WHERE blocklists IS NOT NULL
UNION SELECT DISTINCT metablocklists FROM idx.entry WHERE metablocklists IS NOT NULL
"""
_BROKEN = f"""
INSERT INTO broken SELECT path, since, until, kind, max(size, 0),
    kind = {FILE} AND CASE WHEN blocklists IS NULL THEN size > 0 AND {_CONTENT} IN (SELECT hash FROM gone)
        ELSE blocklists IN (SELECT lists FROM bad) END AS content
FROM idx.entry WHERE content OR CASE
    WHEN metablocklists IS NULL THEN metasize > 0 AND {_METADATA} IN (SELECT hash FROM gone)
    ELSE metablocklists IN (SELECT lists FROM bad) END
"""
_IN = "since <= ?1 AND until > ?1"
# One walk for all versions: there are few spans, however many entries.
_SPANS = "SELECT since, until, count(*) FROM idx.entry GROUP BY since, until"


class Broken(msgspec.Struct, frozen=True):
    """Of one version: entries that are broken, their bytes, and all entries."""

    count: int
    size: int
    entries: int


class BrokenEntries:
    """Of the moment it was made; `lost` are ids of volumes that are not there any more, though the index
    knows of them. Used by one thread at a time; blocks."""

    def __init__(self, index: Path, digest_size: int, lost: Iterable[int] = ()) -> None:
        self._digest_size = digest_size
        self._judged: dict[bytes, bool] = {}
        self._spans: list[tuple[int, int, int]] = []
        self._db = apsw.Connection("")
        try:
            self._db.execute(_TABLES).fetchall()
            self._db.execute("ATTACH ? AS idx", (str(index),))
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR IGNORE INTO lost VALUES (?)", ((each,) for each in lost))
            self._find()
        except BaseException:
            self._db.close(True)
            raise

    def close(self) -> None:
        self._db.close(True)

    def in_version(self, version: int) -> Broken:
        """`version` is the id of a fileset."""
        return self._count(version, _IN)

    def dropped(self, version: int, *, replaces: bool) -> Broken:
        """As `in_version`, without those that `chosen` gives other metadata."""
        return self._count(version, f"{_IN} AND {_drops(replaces)}")

    def worthless(self, version: int, *, replaces: bool) -> bool:
        """Whether nothing is left of a version but folders of which nothing is known."""
        nothing = self._count(version, f"{_IN} AND {f'(content OR kind <> {FILE})' if replaces else '1'}")
        return nothing.count == nothing.entries

    def _count(self, version: int, condition: str) -> Broken:
        query = f"SELECT count(*), coalesce(sum(size), 0) FROM broken WHERE {condition}"
        count, size = cast("tuple[int, int]", self._db.execute(query, (version,)).fetchone())
        entries = sum(each for since, until, each in self._spans if since <= version < until)
        return Broken(count, size, entries)

    def paths(self, version: int, limit: int | None) -> list[tuple[str, int]]:
        """The first `limit` broken entries of a version, or all, with their sizes in bytes."""
        query = f"SELECT path, size FROM broken WHERE {_IN} ORDER BY path LIMIT ?2"
        rows = self._db.execute(query, (version, -1 if limit is None else limit))
        return cast("list[tuple[str, int]]", rows.fetchall())

    def chosen(self, after: tuple[str, int], limit: int, *, replaces: bool) -> list[Chosen]:
        """Those behind a path and its `since`, for `rewriting.choose`. With `replaces` what lost its metadata
        alone gets another one; a link, whose target is in there, goes."""
        query = (
            f"SELECT path, since, until, {_drops(replaces)} FROM broken WHERE (path, since) > (?, ?)"
            " ORDER BY path, since LIMIT ?"
        )
        rows = cast("Iterator[tuple[str, int, int, int]]", self._db.execute(query, (*after, limit)))
        return [Chosen(path, since, until, bool(drops)) for path, since, until, drops in rows]

    def _find(self) -> None:
        for statement in _NEEDED:
            self._db.execute(statement)
        self._add_listed()
        self._db.execute(_GONE)
        self._db.execute("DELETE FROM needed")
        for (joined,) in self._db.execute(_LISTS):
            lists = cast("bytes", joined)
            if any(self._is_bad(digest) for digest in self._split(lists)):
                self._db.execute("INSERT INTO bad VALUES (?)", (lists,))
        self._db.execute(_BROKEN)
        self._spans = cast("list[tuple[int, int, int]]", self._db.execute(_SPANS).fetchall())

    def _add_listed(self) -> None:
        """The blocks of larger files, and the lists themselves."""
        some: set[bytes] = set()
        for (joined,) in self._db.execute(_LISTS):
            for digest in self._split(cast("bytes", joined)):
                if digest not in self._judged:
                    data = self._content(digest)
                    self._judged[digest] = data is None
                    some.update((digest, *self._split(data or b"")))
                if len(some) >= _MANY:
                    self._add(some)
        self._add(some)
        known = [digest for digest, unknown in self._judged.items() if not unknown]
        for digest in known:
            del self._judged[digest]

    def _add(self, some: set[bytes]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO needed VALUES (?)", ((each,) for each in sorted(some)))
        some.clear()

    def _is_bad(self, digest: bytes) -> bool:
        """Whether a list of blocks, or one that it names, is not to be had. After `gone` is filled."""
        if digest not in self._judged:
            needed = (digest, *self._split(self._content(digest) or b""))
            self._judged[digest] = any(map(self._is_gone, needed))
        return self._judged[digest]

    def _content(self, digest: bytes) -> bytes | None:
        data = self._db.execute("SELECT data FROM idx.blocklist WHERE hash = ?", (digest,)).get
        return cast("bytes | None", data)

    def _is_gone(self, digest: bytes) -> bool:
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM gone WHERE hash = ?)", (digest,)).get)

    def _split(self, joined: bytes) -> Iterator[bytes]:
        return (joined[at : at + self._digest_size] for at in range(0, len(joined), self._digest_size))


def _drops(replaces: bool) -> str:
    return f"(content OR kind = {SYMLINK})" if replaces else "1"
