"""Which versions have files that cannot be restored whole, as it was last counted.

The table is made by whoever writes first; a version takes its row with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import apsw

_TABLE = """
CREATE TABLE IF NOT EXISTS damaged_version (fileset INTEGER PRIMARY KEY, files INTEGER NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS damaged_version_goes AFTER DELETE ON fileset BEGIN
    DELETE FROM damaged_version WHERE fileset = old.id;
END;
"""


def damaged_files(connection: apsw.Connection) -> dict[int, int]:
    """How many files each damaged version has lost, by its id."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'damaged_version'"
    if connection.execute(query).fetchone() is None:
        return {}
    rows = connection.execute("SELECT fileset, files FROM damaged_version")
    return dict(cast("Iterable[tuple[int, int]]", rows))


def record_damage(connection: apsw.Connection, files: Mapping[int, int]) -> None:
    """In place of what was known before."""
    connection.execute(_TABLE)
    connection.execute("DELETE FROM damaged_version")
    connection.executemany("INSERT INTO damaged_version (fileset, files) VALUES (?, ?)", files.items())
