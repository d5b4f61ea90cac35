"""Which entries are broken: by blocks that nothing holds, or only volumes that are lost."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from triplicati.index.broken import Broken, BrokenEntries
from triplicati.index.rewriting import Chosen
from triplicati.index.schema import OPEN_END, TABLES

A, B, C, META, LIST = (bytes([n]) * 4 for n in (1, 2, 3, 8, 9))
FILE, FOLDER, SYMLINK = 0, 1, 2


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Version 1 shows all, version 2 all but `/early`; `list` is of two blocks."""
    path = tmp_path / "index.sqlite"
    connection = apsw.Connection(str(path))
    connection.execute(f"BEGIN; {TABLES} COMMIT")
    rows = [
        ("/", FOLDER, -1, None, None, META, OPEN_END),
        ("/early", FILE, 10, A, None, META, 2),
        ("/empty", FILE, 0, b"none", None, META, OPEN_END),
        ("/link", SYMLINK, -1, None, None, b"link", OPEN_END),
        ("/list", FILE, 20, b"whole", LIST, META, OPEN_END),
        ("/one", FILE, 10, C, None, META, OPEN_END),
        ("/other", FILE, 10, A, None, b"omet", OPEN_END),
    ]
    connection.executemany(
        "INSERT INTO entry (path, since, until, kind, size, mtime, ctime, hash, blocklists, metahash,"
        " metasize) VALUES (?1, 1, ?7, ?2, ?3, 0, 0, ?4, ?5, ?6, 5)",
        rows,
    )
    blocks = [(A, 1), (B, 1), (C, 2), (META, 2), (LIST, 2), (b"omet", 3), (b"link", 3)]
    connection.executemany("INSERT INTO block VALUES (?, 10, ?)", blocks)
    connection.execute("INSERT INTO blocklist VALUES (?, ?)", (LIST, A + B))
    for number in (1, 2):
        connection.execute("INSERT INTO fileset VALUES (?1, ?1, NULL, 1, 1, 0, 0)", (number,))
    connection.close()
    return path


def changed(index: Path, statement: str, values: tuple[bytes, ...] = ()) -> None:
    connection = apsw.Connection(str(index))
    connection.execute(statement, values)
    connection.close()


def broken(index: Path, lost: tuple[int, ...] = (), version: int = 1) -> list[str]:
    found = BrokenEntries(index, 4, lost)
    try:
        return [path for path, _ in found.paths(version, None)]
    finally:
        found.close()


def test_nothing(index: Path) -> None:
    assert broken(index) == []


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ((1,), ["/early", "/list", "/other"]),
        ((2,), ["/", "/early", "/empty", "/list", "/one"]),
        ((3,), ["/link", "/other"]),
        ((1, 3), ["/early", "/link", "/list", "/other"]),
    ],
)
def test_what_lost_volumes_held(index: Path, lost: tuple[int, ...], expected: list[str]) -> None:
    assert broken(index, lost) == expected
    assert broken(index, lost, version=2) == [path for path in expected if path != "/early"]


def test_what_another_volume_holds_too_is_not_lost(index: Path) -> None:
    changed(index, "INSERT INTO duplicate_block VALUES (?, 10, 2)", (A,))
    assert broken(index, (1,)) == ["/list"]
    assert broken(index, (1, 2)) == ["/", "/early", "/empty", "/list", "/one", "/other"]


def test_a_block_that_no_volume_is_known_to_hold(index: Path) -> None:
    changed(index, "DELETE FROM block WHERE hash = ?", (C,))
    assert broken(index) == ["/one"]


def test_a_list_of_blocks_whose_content_is_not_known(index: Path) -> None:
    changed(index, "DELETE FROM blocklist")
    assert broken(index) == ["/list"]


def test_one_of_the_blocks_of_a_list(index: Path) -> None:
    changed(index, "DELETE FROM block WHERE hash = ?", (B,))
    assert broken(index) == ["/list"]


def test_counts_and_bytes(index: Path) -> None:
    found = BrokenEntries(index, 4, (1, 3))
    assert found.in_version(1) == Broken(4, 40, 7)
    assert found.dropped(1, replaces=True) == Broken(4, 40, 7)
    assert found.paths(1, 2) == [("/early", 10), ("/link", 0)]
    found.close()


def test_metadata_alone_are_replaced_unless_they_are_a_link_or_that_is_not_wanted(index: Path) -> None:
    found = BrokenEntries(index, 4, (3,))
    rows = [Chosen("/link", 1, OPEN_END, True), Chosen("/other", 1, OPEN_END, False)]
    assert found.chosen(("", -1), 10, replaces=True) == rows
    assert found.chosen(("", -1), 1, replaces=True) == rows[:1]
    assert found.chosen(("/link", 1), 10, replaces=True) == rows[1:]
    assert [row.drops for row in found.chosen(("", -1), 10, replaces=False)] == [True, True]
    assert found.dropped(1, replaces=True).count == 1
    found.close()


def test_folders_alone_without_metadata_are_worth_nothing(index: Path) -> None:
    changed(index, "DELETE FROM entry WHERE path IN ('/empty', '/link')")
    found = BrokenEntries(index, 4, (1, 2))
    assert found.worthless(1, replaces=True)
    assert found.worthless(1, replaces=False)
    found.close()
    found = BrokenEntries(index, 4, (2, 3))
    assert not found.worthless(1, replaces=True)
    assert found.worthless(1, replaces=False)
    found.close()
