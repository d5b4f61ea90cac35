"""Tokens for automation, each with a name and a family of its own, so that one can be revoked."""

from __future__ import annotations

import apsw

from triplicati.config.server.rows import all_rows, changed_rows, text
from triplicati.messages.sign_in import NamedToken


def tokens(connection: apsw.Connection) -> list[NamedToken]:
    """Newest first."""
    rows = all_rows(
        connection, "SELECT ID, Name, Created, Expires FROM TriplicatiToken ORDER BY Created DESC, ID"
    )
    return [NamedToken(text(row[0]), text(row[1]), _seconds(row[2]), _seconds(row[3])) for row in rows]


def add(connection: apsw.Connection, token: NamedToken) -> None:
    changed_rows(
        connection,
        "INSERT INTO TriplicatiToken (ID, Name, Created, Expires) VALUES (?, ?, ?, ?)",
        token.id,
        token.name,
        token.created,
        token.expires,
    )


def remove(connection: apsw.Connection, id: str) -> bool:
    return changed_rows(connection, "DELETE FROM TriplicatiToken WHERE ID = ?", id) > 0


def clear(connection: apsw.Connection) -> None:
    changed_rows(connection, "DELETE FROM TriplicatiToken")


def purge(connection: apsw.Connection, now: float) -> None:
    """Those whose time is over."""
    changed_rows(connection, "DELETE FROM TriplicatiToken WHERE Expires < ?", now)


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
