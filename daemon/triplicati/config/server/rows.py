"""Small pieces that the tables of the server's database share."""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from triplicati.values.plain_text import plain_text

Value = None | int | float | bytes | str
Row = tuple[Value, ...]


def all_rows(connection: apsw.Connection, query: str, *parameters: Value) -> list[Row]:
    return connection.execute(query, parameters).fetchall()


def one_row(connection: apsw.Connection, query: str, *parameters: Value) -> Row | None:
    return next(iter(all_rows(connection, query, *parameters)), None)


def changed_rows(connection: apsw.Connection, statement: str, *parameters: Value) -> int:
    """How many rows a statement changed."""
    connection.execute(statement, _texts(parameters)).fetchall()
    return connection.changes()


def insert_many(connection: apsw.Connection, statement: str, rows: Iterable[Row]) -> None:
    connection.executemany(statement, map(_texts, rows)).fetchall()


def _texts(row: Row) -> Row:
    # SQLite takes no lone surrogates, which names of files can bring with them.
    return tuple(plain_text(value) if isinstance(value, str) else value for value in row)


def text(value: Value) -> str:
    """Other programs store numbers as texts and the reverse, and nothing instead of an empty text."""
    return "" if value is None else value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def whole(value: Value, default: int = 0) -> int:
    try:
        return int(value)  # type: ignore[arg-type]  # None is among what is caught
    except (TypeError, ValueError, OverflowError):
        return default
