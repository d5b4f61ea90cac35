"""Taking entries out of single versions, or giving them other metadata, and cutting the ranges of their rows
accordingly (spec/format.md 12.3, 12.4).

What is to change is chosen first, into a temporary table of the writer; then it is applied to one version
after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast

import apsw
import msgspec

from triplicati.index.rows import COLUMNS
from triplicati.index.schema import OPEN_END

_TABLES = f"""
DROP TABLE IF EXISTS temp.chosen; DROP TABLE IF EXISTS temp.hit; DROP TABLE IF EXISTS temp.fresh;
CREATE TEMP TABLE chosen (
    path TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, drops INTEGER NOT NULL,
    PRIMARY KEY (path, since)
) WITHOUT ROWID;
CREATE TEMP TABLE hit (
    path TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, size INTEGER NOT NULL,
    drops INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE fresh AS SELECT since, until, {COLUMNS} FROM entry LIMIT 0;
CREATE UNIQUE INDEX temp.fresh_path ON fresh (path);
"""
# The few that were chosen lead, whatever the planner thinks of the many that were not.
_HIT = (
    "FROM temp.chosen c CROSS JOIN entry e ON e.path = c.path WHERE c.since <= :version"
    " AND c.until > :version AND e.since <= :version AND e.until > :version"
)
_OTHER_METADATA = {
    "ctime": "0",  # so that the next backup looks at the metadata again
    "metahash": ":hash",
    "metasize": ":size",
    "metablockhash": ":blockhash",
    "metablocklists": "NULL",
}
_SAME = " AND ".join(
    f"f.{name} IS entry.{name}" for name in COLUMNS.replace(" ", "").split(",") if name != "path"
)


class Chosen(msgspec.Struct, frozen=True, array_like=True):
    """A row of the index, and whether it goes; else it gets other metadata."""

    path: str
    since: int
    until: int
    drops: bool


class MetadataSet(msgspec.Struct, frozen=True):
    """What a row says of its metadata: `size` in bytes, `blockhash` None where it is `hash`."""

    hash: bytes
    size: int
    blockhash: bytes | None


class Changed(msgspec.Struct, frozen=True):
    """Entries of one version that go, their bytes, and those that get other metadata."""

    removed: int
    removed_bytes: int
    updated: int

    @property
    def anything(self) -> bool:
        return bool(self.removed or self.updated)


def forget_choice(connection: apsw.Connection) -> None:
    """To be called before `choose`."""
    connection.execute(_TABLES)


def choose(connection: apsw.Connection, rows: Iterable[Chosen]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO temp.chosen VALUES (?, ?, ?, ?)",
        ((row.path, row.since, row.until, row.drops) for row in rows),
    )


def choice_in(connection: apsw.Connection, version: int) -> Changed:
    """What `apply_choice` would change."""
    query = (
        "SELECT coalesce(sum(c.drops), 0), coalesce(sum(max(e.size, 0) * c.drops), 0),"
        f" coalesce(sum(NOT c.drops), 0) {_HIT}"
    )
    row = connection.execute(query, {"version": version}).fetchone()
    return Changed(*cast("tuple[int, int, int]", row))


def chosen_paths(connection: apsw.Connection, version: int, limit: int | None) -> list[tuple[str, int]]:
    """The first `limit` entries that go from a version, or all, with their sizes in bytes."""
    query = f"SELECT e.path, max(e.size, 0) {_HIT} AND c.drops ORDER BY e.path LIMIT :limit"
    values = {"version": version, "limit": -1 if limit is None else limit}
    return cast("list[tuple[str, int]]", connection.execute(query, values).fetchall())


def apply_choice(
    connection: apsw.Connection, version: int, replacement: MetadataSet | None = None
) -> Changed:
    """Changes what one version shows and nothing that another one does. Versions are to be gone through from
    the oldest to the newest; `replacement` is needed where a choice does not drop."""
    changed = choice_in(connection, version)
    values = {"version": version, **_neighbours(connection, version)}
    connection.execute("DELETE FROM temp.hit")
    connection.execute(
        f"INSERT INTO temp.hit SELECT e.path, e.since, e.until, e.size, c.drops {_HIT}", {"version": version}
    )
    of_hits = "FROM temp.hit h CROSS JOIN entry e ON e.path = h.path AND e.since = h.since"
    if changed.updated and replacement is not None:
        _prepare_fresh(connection, values, replacement, of_hits)
    connection.execute(
        f"INSERT INTO entry (since, until, {COLUMNS}) SELECT :after, e.until, {_columns({})} {of_hits}"
        " WHERE h.until > :after",
        {"after": values["after"]},
    )
    connection.execute(
        "UPDATE entry SET until = :version"
        " WHERE (path, since) IN (SELECT path, since FROM temp.hit WHERE since <= :before)",
        {"version": version, "before": values["before"]},
    )
    connection.execute(
        "DELETE FROM entry WHERE (path, since) IN (SELECT path, since FROM temp.hit WHERE since > :before)",
        {"before": values["before"]},
    )
    if changed.updated and replacement is not None:
        _add_fresh(connection, version)
    return changed


@contextmanager
def undone(connection: apsw.Connection) -> Iterator[None]:
    """What the body changes is as before at its end. Inside a transaction."""
    connection.execute("SAVEPOINT undone")
    try:
        yield
    finally:
        connection.execute("ROLLBACK TO undone")
        connection.execute("RELEASE undone")


def _neighbours(connection: apsw.Connection, version: int) -> dict[str, int]:
    """The ids of the versions `before` and `after`, where there is none smaller and greater than all."""
    before, after = "SELECT max(id) FROM fileset WHERE id < ?", "SELECT min(id) FROM fileset WHERE id > ?"
    older, newer = (connection.execute(query, (version,)).get for query in (before, after))
    return {
        "before": -1 if older is None else cast("int", older),
        "after": OPEN_END if newer is None else cast("int", newer),
    }


def _prepare_fresh(
    connection: apsw.Connection, values: dict[str, int], replacement: MetadataSet, of_hits: str
) -> None:
    connection.execute("DELETE FROM temp.fresh")
    connection.execute(
        f"INSERT INTO temp.fresh (since, until, {COLUMNS}) SELECT :version, min(e.until, :after),"
        f" {_columns(_OTHER_METADATA)} {of_hits} WHERE NOT h.drops",
        {
            "version": values["version"],
            "after": values["after"],
            "hash": replacement.hash,
            "size": replacement.size,
            "blockhash": replacement.blockhash,
        },
    )


def _add_fresh(connection: apsw.Connection, version: int) -> None:
    """A row that ends here and tells the same goes on, so that there are not as many as versions."""
    values = {"version": version}
    connection.execute(
        "UPDATE entry SET until = (SELECT f.until FROM temp.fresh f WHERE f.path = entry.path)"
        " WHERE path IN (SELECT path FROM temp.fresh) AND until = :version"
        f" AND EXISTS (SELECT 1 FROM temp.fresh f WHERE f.path = entry.path AND {_SAME})",
        values,
    )
    connection.execute(
        f"INSERT INTO entry (since, until, {COLUMNS}) SELECT since, until, {COLUMNS} FROM temp.fresh f"
        " WHERE NOT EXISTS (SELECT 1 FROM entry e WHERE e.path = f.path AND e.since <= :version"
        " AND e.until > :version)",
        values,
    )


def _columns(instead: dict[str, str]) -> str:
    names = COLUMNS.replace(" ", "").split(",")
    return ", ".join(instead.get(name, f"e.{name}") for name in names)
