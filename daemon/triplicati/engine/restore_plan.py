"""The plan of a restore: which entries, from which volumes. Kept in a scratch database, so that memory
does not grow with the number of files; the engine asks it volume by volume."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

import apsw

from triplicati.engine import restore_queries as queries
from triplicati.engine.restore_queries import BROKEN, KEPT, PLACED, WAITING
from triplicati.engine.wire import Blob, Finishing, Part, WholeFile
from triplicati.formats.blocks import block_count, last_block_size
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.formats.kinds import FILE, FOLDER
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.rows import Row
from triplicati.source.names import is_text


class Plan:
    """Used by one thread at a time. `index` is the local database, read only.

    Where nothing can be in the way, the target of an item is not stored: it follows from `root` and `prefix`.
    """

    def __init__(self, path: Path, index: Path, form: VolumeFormat) -> None:
        self.form = form
        self.root = self.root_itself = b""
        self.prefix = ""
        self.db = apsw.Connection(str(path))
        # A pragma gives a row, and what follows runs only when that is taken.
        self.db.execute(queries.TABLES).fetchall()
        self.db.execute("ATTACH ? AS idx", (str(index),))
        self.db.execute("BEGIN")

    def close(self) -> None:
        self.db.close(True)

    # --- items -------------------------------------------------------------------------------------------

    def add_items(self, rows: Iterable[Row]) -> None:
        self.db.executemany(
            "INSERT INTO item (path, kind, size, hash, single, lists, meta, metasize, metalists, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row.path,
                    row.kind,
                    row.size,
                    row.hash,
                    row.blockhash or row.hash if row.blocklists is None and row.size > 0 else None,
                    row.blocklists,
                    row.metablockhash or row.metahash,
                    row.metasize,
                    row.metablocklists,
                    row.raw,
                )
                for row in rows
            ),
        )

    def add_version(self, version: int) -> int:
        """All entries of a version; gives their number."""
        self.db.execute(queries.ADD_VERSION, (version,))
        return cast("int", self.db.execute("SELECT count(*) FROM item").get)

    def first_and_last(self) -> list[str]:
        """The first and the last path: what they have in common, all have."""
        rows = self.db.execute("SELECT min(path) FROM item UNION ALL SELECT max(path) FROM item")
        return [cast("str", row[0]) for row in rows if row[0] is not None]

    def suspicious(self, longest: int) -> list[tuple[int, str, int, int, bytes | None, bytes | None]]:
        """Items, as `items` gives them, whose target needs a closer look: raw names, names that may have more
        than `longest` bytes, and what no path of a backup should hold."""
        return list(self.items(f"{queries.SUSPICIOUS} OR length(CAST(path AS BLOB)) > {longest:d}"))

    def target(self, path: str, stored: bytes | None) -> bytes:
        """The place of an item."""
        if stored is not None:
            return stored
        rest = path[len(self.prefix) :].rstrip("/")
        return self.root + b"/" + os.fsencode(rest) if rest else self.root_itself

    def items(self, condition: str = "1") -> Iterator[tuple[int, str, int, int, bytes | None, bytes | None]]:
        """(id, path, kind, size, hash, raw name) in path order."""
        query = f"SELECT id, path, kind, size, hash, raw FROM item WHERE {condition} ORDER BY path"
        return cast("Iterator[tuple[int, str, int, int, bytes | None, bytes | None]]", self.db.execute(query))

    def page_after(
        self, path: str, count: int
    ) -> list[tuple[int, str, int, int, bytes | None, bytes | None]]:
        """The next items behind a path, as `items` gives them."""
        query = "SELECT id, path, kind, size, hash, raw FROM item WHERE path > ? ORDER BY path LIMIT ?"
        return cast(
            "list[tuple[int, str, int, int, bytes | None, bytes | None]]",
            self.db.execute(query, (path, count)).fetchall(),
        )

    def set_targets(self, targets: Iterable[tuple[bytes, bool, int, int]]) -> None:
        """(target, whether it replaces something, state, id)"""
        self.db.executemany("UPDATE item SET target = ?, overwrites = ?, state = ? WHERE id = ?", targets)

    def set_raw(self, names: Iterable[tuple[bytes, int]]) -> None:
        self.db.executemany("UPDATE item SET raw = ? WHERE id = ?", names)

    def keep_others(self) -> None:
        """Folders and links have no content to wait for."""
        self.db.execute(f"UPDATE item SET state = {KEPT} WHERE kind <> {FILE}")

    def give_up(self, items: Iterable[tuple[int, str]]) -> None:
        """(id, reason); the first reason stays."""
        self.db.executemany(
            f"UPDATE item SET state = {BROKEN}, reason = coalesce(reason, ?2) WHERE id = ?1", items
        )

    def give_up_links_in_the_way(self) -> None:
        found = cast("list[tuple[int]]", self.db.execute(queries.LINKS_IN_THE_WAY).fetchall())
        self.give_up((item, "the same version has files below it, so it is a folder") for (item,) in found)

    def applied(self, items: Iterable[int]) -> None:
        self.db.executemany(
            f"UPDATE item SET applied = 1, state = CASE state WHEN {WAITING} THEN {PLACED} ELSE state END"
            " WHERE id = ?",
            ((each,) for each in items),
        )

    def has(self, path: str) -> bool:
        if not path.isascii() and not is_text(path):
            return False
        return (
            self.db.execute("SELECT 1 FROM item WHERE path IN (?1, ?1 || '/')", (path,)).fetchone()
            is not None
        )

    def path_of(self, item: int) -> str:
        return cast("str", self.db.execute("SELECT path FROM item WHERE id = ?", (item,)).get)

    def target_of(self, item: int) -> bytes:
        row = self.db.execute("SELECT path, target FROM item WHERE id = ?", (item,)).fetchone()
        return self.target(*cast("tuple[str, bytes | None]", row))

    def placed(self, items: Iterable[int], *, applied: bool) -> None:
        self.db.executemany(
            f"UPDATE item SET state = {PLACED}, applied = ? WHERE id = ?", ((applied, each) for each in items)
        )

    def broken(self) -> list[tuple[str, str]]:
        """(path, reason)"""
        query = f"SELECT path, reason FROM item WHERE state = {BROKEN} ORDER BY path"
        return cast("list[tuple[str, str]]", self.db.execute(query).fetchall())

    def totals(self) -> tuple[int, int]:
        """(files, bytes) that are to be written."""
        query = f"SELECT count(*), coalesce(sum(size), 0) FROM item WHERE kind = {FILE} AND state = {WAITING}"
        return cast("tuple[int, int]", self.db.execute(query).fetchone())

    def first_waiting(self, count: int) -> list[tuple[str, bytes, bool]]:
        """(path, target, whether it replaces something) of the first entries that are to be written."""
        query = f"SELECT path, target, overwrites FROM item WHERE state = {WAITING} ORDER BY path LIMIT ?"
        rows = cast("Iterator[tuple[str, bytes | None, int]]", self.db.execute(query, (count,)))
        return [(path, self.target(path, stored), bool(over)) for path, stored, over in rows]

    def kinds(self) -> dict[int, int]:
        """How many entries there are of each kind, but for those that were given up."""
        rows = self.db.execute(f"SELECT kind, count(*) FROM item WHERE state <> {BROKEN} GROUP BY 1")
        return dict(cast("Iterator[tuple[int, int]]", rows))

    def met(self) -> Iterator[tuple[str, bytes, bytes, bool, bool]]:
        """(path, target under its own name, target, whether it replaces something, whether a file with its
        content is there) of entries that something may have been in the way of, in path order."""
        query = (
            f"SELECT path, raw, target, overwrites, kind = {FILE} AND state = {KEPT} FROM item"
            f" WHERE target IS NOT NULL AND kind <> {FOLDER} AND state <> {BROKEN} ORDER BY path"
        )
        rows = cast("Iterator[tuple[str, bytes | None, bytes, int, int]]", self.db.execute(query))
        for path, raw, target, overwrites, kept in rows:
            name = os.fsencode(path[path.rfind("/") + 1 :]) if raw is None else raw
            yield path, os.path.join(os.path.dirname(target), name), target, bool(overwrites), bool(kept)

    def counts(self) -> dict[tuple[int, bool], int]:
        """How many entries are done, by kind and whether their content was written."""
        done = f"state IN ({PLACED}, {KEPT})"
        query = f"SELECT kind, state = {PLACED}, count(*) FROM item WHERE {done} GROUP BY 1, 2"
        rows = cast("Iterator[tuple[int, int, int]]", self.db.execute(query))
        return {(kind, bool(written)): count for kind, written, count in rows}

    def restored_bytes(self) -> int:
        query = f"SELECT coalesce(sum(size), 0) FROM item WHERE kind = {FILE} AND state = {PLACED}"
        return cast("int", self.db.execute(query).get)

    # --- needs -------------------------------------------------------------------------------------------

    def add_needs(self, *, metadata: bool) -> None:
        """After the targets are known: which block each item needs, and where that lies."""
        self.db.execute(queries.ADD_SINGLE_BLOCKS)
        self._add_listed(
            f"SELECT id, size, lists FROM item WHERE lists IS NOT NULL AND state = {WAITING}", meta=False
        )
        if metadata:
            self.db.execute(queries.ADD_METADATA)
            self._add_listed(
                f"SELECT id, metasize, metalists FROM item WHERE metalists IS NOT NULL AND state <> {BROKEN}",
                meta=True,
            )
        self.db.execute(queries.GIVE_UP_WITHOUT_BLOCKS)

    def _add_listed(self, query: str, *, meta: bool) -> None:
        items = cast("list[tuple[int, int, bytes]]", self.db.execute(query).fetchall())
        for item, size, lists in items:
            try:
                digests = self.block_digests(lists, size)
            except LookupError:
                if not meta:
                    self.give_up([(item, "the list of its blocks is missing at the destination")])
                continue
            blocksize, last = self.form.blocksize, len(digests) - 1
            self.db.executemany(
                queries.ADD_LISTED_BLOCK,
                (
                    (
                        digest,
                        item,
                        meta,
                        at * blocksize,
                        last_block_size(size, blocksize) if at == last else blocksize,
                    )
                    for at, digest in enumerate(digests)
                ),
            )

    def block_digests(self, lists: bytes, size: int) -> list[bytes]:
        """The digests of a stream of several blocks. Raises `LookupError` where a blocklist is not known
        or wrong."""
        length = DIGEST_SIZES[self.form.block_hash]
        joined = bytearray()
        for at in range(0, len(lists), length):
            query = "SELECT data FROM idx.blocklist WHERE hash = ?"
            data = self.db.execute(query, (lists[at : at + length],)).get
            if data is None:
                raise LookupError
            joined += cast("bytes", data)
        if len(joined) != block_count(size, self.form.blocksize) * length:
            raise LookupError
        return [bytes(joined[at : at + length]) for at in range(0, len(joined), length)]

    def drop_needs(self, item: int, offsets: Sequence[int]) -> None:
        """Blocks of an item that were found on this machine."""
        self.db.execute("CREATE INDEX IF NOT EXISTS need_item ON need (item, meta, offset)")
        self.db.executemany(
            "DELETE FROM need WHERE item = ? AND meta = 0 AND offset = ?",
            ((item, offset) for offset in offsets),
        )

    def volumes(self) -> list[tuple[int, str, int, bytes | None]]:
        """(id, name, size, hash) of the volumes that are needed."""
        return cast(
            "list[tuple[int, str, int, bytes | None]]", self.db.execute(queries.NEEDED_VOLUMES).fetchall()
        )

    def work(self, volume: int) -> tuple[list[WholeFile], list[Part], list[Blob]]:
        """What is to be done with the blocks of a volume."""
        whole = self.db.execute(queries.WHOLE_FILES, (volume,))
        found = cast("Iterator[tuple[int, str, bytes | None, int, bytes | None, bytes | None, int]]", whole)
        target = self.target
        files = [
            WholeFile(identity, target(path, stored), size, digest, metadata, bool(overwrites))
            for identity, path, stored, size, digest, metadata, overwrites in found
        ]
        parts = self.db.execute(queries.PARTS, (volume,))
        together = {each.id for each in files if each.metadata is not None}
        blobs = self.db.execute(queries.BLOBS, (volume,))
        return (
            files,
            [Part(*row) for row in cast("Iterator[tuple[int, int, bytes, int]]", parts)],
            [Blob(*row) for row in cast("Iterator[tuple[int, int, bytes]]", blobs) if row[0] not in together],
        )

    def larger_files(self) -> list[tuple[int, bytes, int]]:
        """(id, target, size) of the files of several blocks that are to be written."""
        query = f"SELECT id, path, target, size FROM item WHERE lists IS NOT NULL AND state = {WAITING}"
        rows = cast("Iterator[tuple[int, str, bytes | None, int]]", self.db.execute(query))
        return [(identity, self.target(path, stored), size) for identity, path, stored, size in rows]

    def folders_in_work(self) -> set[bytes]:
        """The folders of files that were not put in their place yet."""
        rows = self.db.execute(f"SELECT path, target FROM item WHERE kind = {FILE} AND state = {WAITING}")
        return {
            os.path.dirname(self.target(path, stored))
            for path, stored in cast("Iterator[tuple[str, bytes | None]]", rows)
        }

    def parts_left(self) -> dict[int, int]:
        """How many blocks each larger file waits for."""
        left = {identity: 0 for identity, _, _ in self.larger_files()}
        if left:
            query = "SELECT item, count(*) FROM need WHERE meta = 0 GROUP BY item"
            counts = cast("Iterator[tuple[int, int]]", self.db.execute(query))
            left.update((item, count) for item, count in counts if item in left)
        return left

    def finishing(self, item: int) -> tuple[bytes, int, bytes]:
        """(target, size, hash) of a larger file."""
        row = self.db.execute("SELECT path, target, size, hash FROM item WHERE id = ?", (item,)).fetchone()
        path, stored, size, digest = cast("tuple[str, bytes | None, int, bytes]", row)
        return self.target(path, stored), size, digest

    def items_of(self, volume: int) -> list[int]:
        """Items whose content needs a volume."""
        query = (
            "SELECT DISTINCT n.item FROM need n JOIN item i ON i.id = n.item"
            f" WHERE n.volume = ? AND n.meta = 0 AND i.state = {WAITING}"
        )
        return [cast("int", row[0]) for row in self.db.execute(query, (volume,))]

    # --- metadata ----------------------------------------------------------------------------------------

    def add_pieces(self, pieces: Iterable[tuple[int, int, bytes]]) -> None:
        self.db.executemany("INSERT OR REPLACE INTO piece (item, offset, data) VALUES (?, ?, ?)", pieces)

    # How deep an entry lies.
    DEPTH = "length(path) - length(replace(path, '/', ''))"

    def to_finish(self, condition: str, order: str) -> Iterator[Finishing]:
        """Items that still want their metadata, with the blob where it was found."""
        query = (
            f"SELECT id, kind, path, target, overwrites AND state = {WAITING} FROM item WHERE applied = 0"
            f" AND state <> {BROKEN} AND {condition}"
            f" ORDER BY {order}"
        )
        rows = cast("Iterator[tuple[int, int, str, bytes | None, int]]", self.db.execute(query))
        for identity, kind, path, stored, overwrites in rows:
            parts = self.db.execute("SELECT data FROM piece WHERE item = ? ORDER BY offset", (identity,))
            blob = b"".join(cast("bytes", row[0]) for row in parts)
            yield Finishing(identity, kind, self.target(path, stored), blob or None, bool(overwrites))
