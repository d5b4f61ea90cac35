"""Browsers that are signed in: the table ``TokenFamily``, whose times are .NET ticks."""

from __future__ import annotations

import apsw

from triplicati.config.server.rows import changed_rows, one_row, text, whole
from triplicati.messages.saved import NEVER
from triplicati.messages.sign_in import TokenFamily

_TICKS = 10_000_000


def get(connection: apsw.Connection, family: str) -> TokenFamily | None:
    row = one_row(
        connection, "SELECT ID, UserId, Counter, LastUpdated FROM TokenFamily WHERE ID = ?", family
    )
    if row is None:
        return None
    return TokenFamily(text(row[0]), text(row[1]), whole(row[2]), whole(row[3]) / _TICKS + NEVER)


def put(connection: apsw.Connection, family: TokenFamily) -> None:
    changed_rows(
        connection,
        "INSERT OR REPLACE INTO TokenFamily (ID, UserId, Counter, LastUpdated) VALUES (?, ?, ?, ?)",
        family.id,
        family.user_id,
        family.counter,
        # In two parts: a float of the whole number of ticks is seconds off.
        (int(family.last_updated) - NEVER) * _TICKS + int(family.last_updated % 1 * _TICKS),
    )


def remove(connection: apsw.Connection, family: str) -> bool:
    return changed_rows(connection, "DELETE FROM TokenFamily WHERE ID = ?", family) > 0


def clear(connection: apsw.Connection) -> int:
    return changed_rows(connection, "DELETE FROM TokenFamily")


def purge(connection: apsw.Connection, oldest: float) -> int:
    """But for those of tokens with a name, which are never refreshed."""
    ticks = int(oldest - NEVER) * _TICKS
    return changed_rows(
        connection,
        "DELETE FROM TokenFamily WHERE LastUpdated < ? AND ID NOT IN (SELECT ID FROM TriplicatiToken)",
        ticks,
    )
