"""What pages keep for themselves, by scheme and key."""

from __future__ import annotations

from collections.abc import Mapping

import apsw

from triplicati.config.server.rows import all_rows, changed_rows, text


def schemes(connection: apsw.Connection) -> list[str]:
    found = all_rows(connection, "SELECT DISTINCT Scheme FROM UIStorage ORDER BY Scheme")
    return [text(row[0]) for row in found]


def values(connection: apsw.Connection, scheme: str) -> dict[str, str]:
    found = all_rows(connection, "SELECT Key, Value FROM UIStorage WHERE Scheme = ? ORDER BY rowid", scheme)
    return {text(row[0]): text(row[1]) for row in found}


def set_values(connection: apsw.Connection, scheme: str, changes: Mapping[str, str | None]) -> None:
    """None removes a key."""
    for key, value in changes.items():
        changed_rows(connection, "DELETE FROM UIStorage WHERE Scheme = ? AND Key = ?", scheme, key)
        if value is not None:
            changed_rows(
                connection, "INSERT INTO UIStorage (Scheme, Key, Value) VALUES (?, ?, ?)", scheme, key, value
            )
