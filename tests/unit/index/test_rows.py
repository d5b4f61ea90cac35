"""The files that need no other field, as a list wants them."""

from __future__ import annotations

import apsw
import pytest

from triplicati.formats.kinds import FILE
from triplicati.index.rows import Row, insert_rows, small_files
from triplicati.index.schema import TABLES

SECOND = 1_000_000_000
DIGEST = bytes(32)


def row(path: str, mtime: int, *, lists: bytes | None = None) -> Row:
    return Row(path, FILE, 5, mtime, 1, DIGEST, None, lists, DIGEST, 7, None, None)


@pytest.mark.parametrize(
    ("mtime", "listed"),
    [
        (0, 0),
        (SECOND - 1, 0),
        (-1, -1),
        (-SECOND, -1),
        (-SECOND - 1, -2),
        (5 * SECOND + 3, 5),
        (9 * 10**18, 100),
        (-9 * 10**18, -100),
    ],
)
def test_times_are_whole_seconds_rounded_down_and_bounded(mtime: int, listed: int) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute(TABLES)
    insert_rows(connection, 1, [row("/a", mtime), row("/several-blocks", 0, lists=DIGEST)])
    assert list(small_files(connection, 1, -100, 100)) == [("/a", DIGEST, 5, listed, DIGEST, 7)]
