"""Many rows in one statement.

SQLite gives the interpreter back for each row that it is handed or hands out; beside other threads that work,
getting it again takes milliseconds. So rows go in as columns, and SQLite takes them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import apsw
import msgspec
import trio

# In a query over json_each: the digest at `key` of those joined in the first parameter; the second is the
# length of one.
EACH_DIGEST = "substr(?1, 1 + key * ?2, ?2)"
# As `EACH_DIGEST`, for all of them: (?1, ?2) -> rows of h.
ALL_DIGESTS = (
    "WITH RECURSIVE n(i) AS (SELECT 0 WHERE length(?1) > 0 UNION ALL"
    " SELECT i + 1 FROM n WHERE (i + 1) * ?2 < length(?1)) SELECT substr(?1, 1 + i * ?2, ?2) AS h FROM n"
)
_ENOUGH = 1 << 20
_STEPS = 100_000


def json_array(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()


def add_digests(connection: apsw.Connection, table: str, joined: Iterable[bytes], digest_size: int) -> None:
    """The digests that stand one behind the other in each of `joined`, into a table with the column hash."""
    for some in _joined(joined):
        connection.execute(f"INSERT INTO {table} (hash) {ALL_DIGESTS}", (some, digest_size))


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _ENOUGH:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


@contextmanager
def stoppable(connection: apsw.Connection) -> Iterator[None]:
    """In a thread that trio started: a statement over many rows ends with `trio.Cancelled` soon after its
    task was cancelled."""

    def look() -> bool:
        trio.from_thread.check_cancelled()
        return False

    connection.set_progress_handler(look, _STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None)
