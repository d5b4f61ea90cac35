from __future__ import annotations

import random
from collections.abc import Iterator

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.index.blocks import add_blocklists, add_blocks
from triplicati.index.bulk import add_digests
from triplicati.index.recreating import (
    anything_missing,
    find_missing,
    missing_counts,
    strike_found,
)
from triplicati.index.rows import Row, insert_rows
from triplicati.index.schema import TABLES
from triplicati.index.staged_blocks import settle_blocks, stage_blocks

_DIGESTS = st.integers(0, 12).map(lambda number: number.to_bytes(4, "big"))
_VOLUMES = st.lists(st.lists(st.tuples(_DIGESTS, st.integers(0, 2)), max_size=6, unique=True), max_size=5)


def fresh() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute(TABLES)
    return connection


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    made = fresh()
    yield made
    made.close()


def known(connection: apsw.Connection) -> tuple[set[object], set[object]]:
    tables = ("block", "duplicate_block")
    one, other = (set(connection.execute(f"SELECT * FROM {table}")) for table in tables)
    return one, other


def stage(connection: apsw.Connection, volume: int, blocks: list[tuple[bytes, int]]) -> None:
    digests = b"".join(digest for digest, _ in blocks)
    stage_blocks(connection, volume, digests, 4, [size for _, size in blocks])


@given(_VOLUMES, st.randoms())
def test_staged_in_any_order_as_added_one_volume_after_the_other(
    volumes: list[list[tuple[bytes, int]]], chance: random.Random
) -> None:
    one, other = fresh(), fresh()
    numbered = list(enumerate(volumes, 1))
    for volume, blocks in numbered:
        add_blocks(one, volume, blocks)
    chance.shuffle(numbered)
    for volume, blocks in numbered:
        stage(other, volume, blocks)
    settle_blocks(other)
    assert known(other) == known(one)
    first: dict[tuple[bytes, int], int] = {}
    for volume, blocks in enumerate(volumes, 1):
        for block in blocks:
            first.setdefault(block, volume)
    assert known(one)[0] == {(*block, volume) for block, volume in first.items()}


def test_what_two_indexes_tell_of_one_volume_is_no_duplicate(connection: apsw.Connection) -> None:
    stage(connection, 1, [(b"aaaa", 5)])
    stage(connection, 1, [(b"aaaa", 5)])
    settle_blocks(connection)
    assert known(connection) == ({(b"aaaa", 5, 1)}, set())


def test_staged_blocks_join_those_that_are_known(connection: apsw.Connection) -> None:
    add_blocks(connection, 2, [(b"aaaa", 5)])
    stage(connection, 1, [(b"aaaa", 5), (b"bbbb", 6)])
    settle_blocks(connection)
    settle_blocks(connection)
    assert known(connection) == ({(b"aaaa", 5, 2), (b"bbbb", 6, 1)}, {(b"aaaa", 5, 1)})


@given(st.dictionaries(_DIGESTS, st.binary(max_size=40), max_size=8))
def test_lists_are_taken_apart_as_they_were_put_together(lists: dict[bytes, bytes]) -> None:
    connection = fresh()
    add_blocklists(connection, lists.items())
    assert dict(connection.execute("SELECT hash, data FROM blocklist")) == lists


@given(st.lists(st.lists(_DIGESTS, max_size=5), max_size=5))
def test_digests_are_taken_apart(lists: list[list[bytes]]) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE found (hash BLOB)")
    add_digests(connection, "found", (b"".join(each) for each in lists), 4)
    found = [each for (each,) in connection.execute("SELECT hash FROM found ORDER BY rowid")]
    assert found == [digest for each in lists for digest in each]


def test_what_a_volume_holds_is_struck_off(connection: apsw.Connection) -> None:
    """A list that is found may tell of blocks that are missing in turn."""
    row = Row("/f", 0, 50, 0, 0, b"file", None, b"list", b"meta", 9, None, None)
    insert_rows(connection, 1, [row])
    assert find_missing(connection, 4) == (1, 2)
    found = [(b"list", 8), (b"one1", 5)]
    add_blocks(connection, 1, found)
    add_blocklists(connection, [(b"list", b"one1two2")])
    strike_found(connection, b"listone1", [(b"list", b"one1two2")], 4)
    assert missing_counts(connection) == (0, 2)
    assert set(connection.execute("SELECT hash FROM missing")) == {(b"meta",), (b"two2",)}
    assert missing_counts(connection) == find_missing(connection, 4)
    add_blocks(connection, 2, [(b"two2", 5), (b"meta", 9)])
    strike_found(connection, b"two2meta", [], 4)
    assert not anything_missing(connection)
