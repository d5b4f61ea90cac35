"""Names of uploads that were given up, for they may arrive all the same: a line or a server can hold what it
was sent for long after the sender was killed.

The table is made by whoever writes first. Random names are never used twice, and a list is only taken for the
abandoned one where its size is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import apsw

from triplicati.formats.names import parse_name
from triplicati.index.volumes import VolumeRow

_TABLE = """
CREATE TABLE IF NOT EXISTS abandoned (
    name TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    time INTEGER NOT NULL
) STRICT;
"""
# Seconds after which nothing comes any more.
_KEPT = 30 * 86_400


def abandon(connection: apsw.Connection, volumes: Iterable[VolumeRow], now: float) -> None:
    connection.execute(_TABLE)
    connection.execute("DELETE FROM abandoned WHERE time < ?", (int(now) - _KEPT,))
    connection.executemany(
        "INSERT OR REPLACE INTO abandoned (name, size, time) VALUES (?, ?, ?)",
        ((row.name, row.size, int(now)) for row in volumes),
    )


def late_arrivals(connection: apsw.Connection, listed: Mapping[str, int], extra: Iterable[str]) -> set[str]:
    """Those of `extra` that were given up once. `listed` gives sizes by name, -1 for not told."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'abandoned'"
    if connection.execute(query).fetchone() is None:
        return set()
    rows = cast("Iterable[tuple[str, int]]", connection.execute("SELECT name, size FROM abandoned"))
    sizes = dict(rows)
    return {name for name in extra if name in sizes and _is_it(name, listed[name], sizes[name])}


def _is_it(name: str, listed: int, size: int) -> bool:
    parsed = parse_name(name)
    return parsed is not None and (parsed.kind != "dlist" or listed in (size, -1))
