from __future__ import annotations

import apsw
import pytest

from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index.blocks import add_blocklists, add_blocks
from triplicati.index.filesets import add_fileset
from triplicati.index.recreating import (
    broken_files,
    find_missing,
    joined_blocklists,
    missing_lists,
    volumes_with_missing_lists,
)
from triplicati.index.rows import Row, insert_rows
from triplicati.index.schema import TABLES
from triplicati.index.volumes import add_volume


def digest(name: str) -> bytes:
    return name.encode().ljust(4, b".")


def joined(*names: str) -> bytes:
    return b"".join(map(digest, names))


def file(path: str, size: int, content: str, *, block: str = "", lists: bytes | None = None) -> Row:
    blockhash = digest(block) if block else None
    return Row(path, FILE, size, 0, 0, digest(content), blockhash, lists, digest("meta"), 9, None, None)


FOLDER_ROW = Row("/d/", FOLDER, -1, 0, 0, None, None, None, digest("big"), 99, None, joined("ml"))
ROWS = [
    FOLDER_ROW,
    file("/empty", 0, "none"),
    file("/large", 50, "whole", lists=joined("l1", "l2")),
    file("/one", 5, "one"),
    file("/other", 5, "sha1", block="sha2"),
]
LISTS = [
    (digest("l1"), joined("b1", "b2")),
    (digest("l2"), joined("b3")),
    (digest("ml"), joined("m1", "m2")),
]
NEEDED = ["meta", "l1", "l2", "ml", "b1", "b2", "b3", "m1", "m2", "one", "sha2"]


@pytest.fixture
def connection() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute(TABLES)
    insert_rows(connection, add_fileset(connection, 1), ROWS)
    return connection


def missing(connection: apsw.Connection) -> set[bytes]:
    return {each for (each,) in connection.execute("SELECT hash FROM missing")}


def test_nothing_is_missing_when_all_is_there(connection: apsw.Connection) -> None:
    add_blocks(connection, 1, [(digest(name), 1) for name in NEEDED])
    add_blocklists(connection, LISTS)
    assert find_missing(connection, 4) == (0, 0)
    assert broken_files(connection, 4) == (0, [])


@pytest.mark.parametrize("name", NEEDED)
def test_each_block_is_missed(connection: apsw.Connection, name: str) -> None:
    add_blocks(connection, 1, [(digest(each), 1) for each in NEEDED if each != name])
    add_blocklists(connection, LISTS)
    assert find_missing(connection, 4) == (0, 1)
    assert missing(connection) == {digest(name)}
    broken = {
        "meta": ["/empty", "/large", "/one", "/other"],
        "one": ["/one"],
        "sha2": ["/other"],
        "ml": ["/d/"],
        "m1": ["/d/"],
        "m2": ["/d/"],
    }.get(name, ["/large"])
    assert broken_files(connection, 4) == (len(broken), broken)
    assert broken_files(connection, 4, limit=2) == (len(broken), broken[:2])


def test_lists_come_before_what_they_list(connection: apsw.Connection) -> None:
    volume = add_volume(connection, "v", "dblock", "Uploaded")
    add_blocks(connection, volume, [(digest(name), 1) for name in ("meta", "l1", "one", "sha2")])
    assert find_missing(connection, 4) == (3, 2)
    assert missing_lists(connection) == {digest("l1"), digest("l2"), digest("ml")}
    assert volumes_with_missing_lists(connection) == {volume}
    add_blocklists(connection, LISTS[:1])
    assert find_missing(connection, 4) == (2, 4)
    assert missing(connection) == {digest(name) for name in ("l2", "ml", "b1", "b2")}
    assert volumes_with_missing_lists(connection) == set()


def test_copies_of_lists_that_no_version_needs_miss_nothing(connection: apsw.Connection) -> None:
    """After a version was deleted and its data volumes compacted away, indexes may still copy its lists: to
    miss their blocks would fetch every volume at each recreate."""
    add_blocks(connection, 1, [(digest(name), 1) for name in NEEDED])
    add_blocklists(connection, [*LISTS, (digest("old"), joined("gone"))])
    assert find_missing(connection, 4) == (0, 0)


def test_the_lists_of_one_version(connection: apsw.Connection) -> None:
    second = add_fileset(connection, 2)
    insert_rows(connection, second, [file("/new", 70, "w", lists=joined("l3"))])
    assert sorted(joined_blocklists(connection, second - 1)) == [(50, joined("l1", "l2")), (99, joined("ml"))]
    assert sorted(joined_blocklists(connection)) == [
        (50, joined("l1", "l2")),
        (70, joined("l3")),
        (99, joined("ml")),
    ]
