from __future__ import annotations

import random

import apsw
import pytest

from triplicati.index.blocks import (
    add_blocklists,
    add_blocks,
    blocks_of_volume,
    has_blocks,
    known_blocks,
    locate_blocks,
    read_blocklists,
)
from triplicati.index.schema import TABLES
from triplicati.index.settings import fingerprint, fits, read_settings, write_settings
from triplicati.index.volumes import (
    VolumeRow,
    add_volume,
    all_volumes,
    forget_volume,
    link_index,
    rename_volume,
    set_state,
    unindexed_dblocks,
    volume_named,
)
from triplicati.values.secrets import Secret

A, B, C = (bytes([number]) * 32 for number in (1, 2, 3))


@pytest.fixture
def connection() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute(TABLES)
    return connection


def duplicates(connection: apsw.Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT hash, size, volume FROM duplicate_block ORDER BY volume, hash"
    ).fetchall()


def test_blocks_of_a_volume(connection: apsw.Connection) -> None:
    assert not has_blocks(connection)
    add_blocks(connection, 1, [(B, 2), (A, 1)])
    assert has_blocks(connection)
    assert blocks_of_volume(connection, 1) == [(A, 1), (B, 2)]
    assert blocks_of_volume(connection, 2) == []
    assert known_blocks(connection, [A, C]) == {A}
    assert locate_blocks(connection, [A, B, C]) == {A: 1, B: 1}


def test_the_same_digest_with_another_size_is_another_block(connection: apsw.Connection) -> None:
    add_blocks(connection, 1, [(A, 1)])
    add_blocks(connection, 2, [(A, 2)])
    assert blocks_of_volume(connection, 1) == [(A, 1)]
    assert blocks_of_volume(connection, 2) == [(A, 2)]
    assert duplicates(connection) == []


def test_adding_twice_changes_nothing(connection: apsw.Connection) -> None:
    for _ in range(2):
        add_blocks(connection, 1, [(A, 1), (A, 1)])
        add_blocks(connection, 2, [(A, 1), (B, 1)])
    assert blocks_of_volume(connection, 1) == [(A, 1)]
    assert blocks_of_volume(connection, 2) == [(A, 1), (B, 1)]
    assert duplicates(connection) == [(A, 1, 2)]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 2500])
def test_many_at_once(connection: apsw.Connection, count: int) -> None:
    digests = [number.to_bytes(32, "big") for number in range(count)]
    random.Random(1).shuffle(digests)
    add_blocks(connection, 5, [(digest, 1) for digest in digests])
    assert known_blocks(connection, [*digests, A]) == set(digests)
    assert locate_blocks(connection, [A, *digests]) == dict.fromkeys(digests, 5)


def test_blocklists(connection: apsw.Connection) -> None:
    add_blocklists(connection, [(A, b"one"), (B, b"two")])
    add_blocklists(connection, [(A, b"other")])
    assert list(read_blocklists(connection, [B, C, A, B])) == [b"two", None, b"one", b"two"]


def test_volumes(connection: apsw.Connection) -> None:
    first = add_volume(connection, "p-b1.dblock.zip", "dblock", "Uploading")
    second = add_volume(connection, "p-i1.dindex.zip", "dindex", "Uploaded", 9, b"h")
    assert all_volumes(connection) == [
        VolumeRow(first, "p-b1.dblock.zip", "dblock", "Uploading", -1, None),
        VolumeRow(second, "p-i1.dindex.zip", "dindex", "Uploaded", 9, b"h"),
    ]
    assert [each.id for each in all_volumes(connection, "dindex")] == [second]
    set_state(connection, ["p-b1.dblock.zip", "unknown"], "Uploaded")
    found = volume_named(connection, "p-b1.dblock.zip")
    assert found is not None
    assert found.state == "Uploaded"
    assert volume_named(connection, "unknown") is None
    with pytest.raises(apsw.ConstraintError):
        add_volume(connection, "p-b1.dblock.zip", "dblock", "Uploading")


def test_a_retry_under_a_new_name_leaves_the_old_one_to_delete(connection: apsw.Connection) -> None:
    identity = add_volume(connection, "old", "dblock", "Uploading", 5)
    add_blocks(connection, identity, [(A, 1)])
    rename_volume(connection, "old", "new")
    rename_volume(connection, "unknown", "never")
    new, old = volume_named(connection, "new"), volume_named(connection, "old")
    assert new is not None
    assert old is not None
    assert (new.id, new.state) == (identity, "Uploading")
    assert (old.state, old.size) == ("Deleting", 5)
    assert blocks_of_volume(connection, new.id) == [(A, 1)]
    assert volume_named(connection, "never") is None


def test_dblocks_that_no_dindex_describes(connection: apsw.Connection) -> None:
    described = add_volume(connection, "a", "dblock", "Uploaded")
    bare = add_volume(connection, "b", "dblock", "Verified")
    add_volume(connection, "c", "dblock", "Uploading")
    index = add_volume(connection, "i", "dindex", "Uploaded")
    link_index(connection, index, [described])
    link_index(connection, index, [described])
    assert [each.id for each in unindexed_dblocks(connection)] == [bare]
    forget_volume(connection, index)
    assert [each.id for each in unindexed_dblocks(connection)] == [described, bare]


def test_blocks_of_a_forgotten_volume_move_to_another_that_holds_them(connection: apsw.Connection) -> None:
    volumes = [add_volume(connection, str(number), "dblock", "Uploaded") for number in range(3)]
    add_blocks(connection, volumes[0], [(A, 1), (B, 1), (C, 1)])
    add_blocks(connection, volumes[1], [(A, 1), (B, 1)])
    add_blocks(connection, volumes[2], [(A, 1)])

    forget_volume(connection, volumes[0])
    assert known_blocks(connection, [A, B, C]) == {A, B}
    assert set(locate_blocks(connection, [A, B]).values()) <= set(volumes[1:])
    # A copy is counted as waste: the one in use must not be among them.
    assert len(duplicates(connection)) == 1

    forget_volume(connection, volumes[1])
    assert locate_blocks(connection, [A, B, C]) == {A: volumes[2]}
    assert duplicates(connection) == []

    forget_volume(connection, volumes[2])
    assert not has_blocks(connection)
    assert all_volumes(connection) == []


def test_every_block_is_found_while_a_volume_holds_it(connection: apsw.Connection) -> None:
    dice = random.Random(3)
    digests = [bytes([number]) * 32 for number in range(12)]
    held = {}
    for number in range(8):
        volume = add_volume(connection, str(number), "dblock", "Uploaded")
        held[volume] = {(digest, 1) for digest in digests if dice.random() < 0.4}
        add_blocks(connection, volume, held[volume])
    while held:
        gone = dice.choice(list(held))
        del held[gone]
        forget_volume(connection, gone)
        where = locate_blocks(connection, digests)
        assert set(where) == {digest for blocks in held.values() for digest, _ in blocks}
        assert all((digest, 1) in held[volume] for digest, volume in where.items())
        copies = sum(map(len, held.values())) - len(where)
        assert len(duplicates(connection)) == copies


def test_settings(connection: apsw.Connection) -> None:
    assert read_settings(connection) == {}
    write_settings(connection, {"a": "1", "b": "2"})
    write_settings(connection, {"a": "3"})
    assert read_settings(connection) == {"a": "3", "b": "2"}


def test_a_fingerprint_tells_whether_a_passphrase_is_the_same() -> None:
    recorded = fingerprint(Secret("påss €"))
    assert fits(Secret("påss €"), recorded)
    assert not fits(Secret("pass"), recorded)
    assert not fits(Secret(""), recorded)
    assert recorded != fingerprint(Secret("påss €"))
    assert "p" not in recorded
