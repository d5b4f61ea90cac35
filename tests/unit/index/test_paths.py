"""Finding entries along the index of paths."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index.paths import (
    Found,
    behind,
    children,
    paths_in_order,
    roots,
    rows_of_paths,
    with_separator,
)
from triplicati.index.rows import Row, end_rows, insert_rows
from triplicati.index.schema import TABLES


def database(*versions: set[str]) -> apsw.Connection:
    """Versions have the ids 1, 2, ...; paths that end in a separator are folders."""
    connection = apsw.Connection(":memory:")
    connection.execute(TABLES)
    before: set[str] = set()
    for identity, paths in enumerate(versions, 1):
        end_rows(connection, identity, before - paths)
        rows = [row(path) for path in sorted(paths - before)]
        insert_rows(connection, identity, rows)
        before = paths
    return connection


def row(path: str) -> Row:
    kind = FOLDER if path.endswith(("/", "\\")) else FILE
    return Row(path, kind, -1 if kind == FOLDER else 3, 0, 0, b"h", None, None, b"m", 1, None, None)


def all_children(connection: apsw.Connection, versions: list[int], folder: str, limit: int) -> list[Found]:
    found: list[Found] = []
    start: str | None = ""
    while start is not None:
        some, start = children(connection, versions, folder, start, limit)
        found += some
    return found


def names(found: list[Found]) -> list[str]:
    return [each[0] for each in found]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_only_what_lies_directly_in_a_folder(limit: int) -> None:
    paths = {"/d/", "/d/a", "/d/b/", "/d/b/x", "/d/b/y/", "/d/b-c", "/d/z", "/dd/", "/dd/no"}
    assert names(all_children(database(paths), [1], "/d/", limit)) == ["/d/a", "/d/b-c", "/d/b/", "/d/z"]


def test_a_folder_without_an_entry_of_its_own_is_there_as_long_as_something_is_in_it() -> None:
    """A backup with includes only stores no folders."""
    connection = database({"/s/sub/c.txt", "/s/a.txt"}, {"/s/a.txt"})
    assert [each[:3] for each in all_children(connection, [1], "/s/", 9)] == [
        ("/s/a.txt", FILE, 3),
        ("/s/sub/", FOLDER, -1),
    ]
    assert names(all_children(connection, [2], "/s/", 9)) == ["/s/a.txt"]
    assert [(each[0], each[4], each[5]) for each in all_children(connection, [1, 2], "/s/", 9)][1:] == [
        ("/s/sub/", 1, 2)
    ]


def test_a_backup_of_windows() -> None:
    connection = database({"C:\\", "C:\\u\\", "C:\\u\\a.txt", "C:\\u\\b\\", "C:\\u\\b\\c", "C:\\z"})
    assert names(all_children(connection, [1], "C:\\u\\", 9)) == ["C:\\u\\a.txt", "C:\\u\\b\\"]
    assert roots(connection, 1) == (["C:\\"], None)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({"/"}, ["/"]),
        ({"/", "/a/", "/a/b"}, ["/"]),
        ({"/a/", "/a/b", "/b/", "/b/c"}, ["/a/", "/b/"]),
        ({"/a/.c/x", "/a/f"}, ["/a/.c/", "/a/"]),
        ({"/home/u/notes.txt"}, ["/home/u/"]),
        (set(), []),
    ],
)
def test_roots(paths: set[str], expected: list[str]) -> None:
    connection = database(paths)
    assert roots(connection, 1) == (expected, None)
    first, start = roots(connection, 1, limit=1)
    if start is not None:
        assert first + roots(connection, 1, start)[0] == expected


def test_rows_of_paths() -> None:
    connection = database({"/a", "/b"}, {"/b"}, {"/a", "/b"})
    found = rows_of_paths(connection, ["/a", "/none"])
    assert [(each[0], each[4]) for each in found["/a"]] == [("/a", 1), ("/a", 3)]
    assert list(found) == ["/a"]


def test_in_order_between_two_bounds() -> None:
    connection = database({"/a/", "/a/1", "/a/2", "/b/"}, {"/a/", "/a/2", "/b/"})
    some, after = paths_in_order(connection, [1], ("/a/", -1), behind("/a/"), 2)
    assert names(some) == ["/a/", "/a/1"]
    assert after is not None
    assert names(paths_in_order(connection, [1], after, behind("/a/"), 9)[0]) == ["/a/2"]
    assert names(paths_in_order(connection, [2], ("", -1), None, 9)[0]) == ["/a/", "/a/2", "/b/"]


def test_the_separator_of_a_path() -> None:
    assert with_separator("/a") == "/a/"
    assert with_separator("/a/") == "/a/"
    assert with_separator("C:\\a") == "C:\\a\\"


TREES = st.sets(
    st.lists(st.sampled_from(["a", "a-", "a!", "b", "é", "\x01", "a b"]), min_size=1, max_size=4).map(
        lambda parts: "/" + "/".join(parts)
    ),
    max_size=12,
)


@given(TREES, st.booleans(), st.integers(1, 4))
def test_the_same_as_looking_at_everything(files: set[str], with_folders: bool, limit: int) -> None:
    folders = {f"{folder.rstrip('/')}/" for path in files for folder in ancestors(path)}
    files -= {folder.rstrip("/") for folder in folders}
    connection = database(files | (folders if with_folders else set()))
    for folder in folders | {"/"}:
        inside = {path for path in files | folders if path.startswith(folder) and path != folder}
        expected = {path for path in inside if "/" not in path[len(folder) :].rstrip("/")}
        occupied = {path for path in expected if with_folders or any(f.startswith(path) for f in files)}
        assert names(all_children(connection, [1], folder, limit)) == sorted(occupied)


def ancestors(path: str) -> Iterator[str]:
    while path != "/":
        path = posixpath.dirname(path)
        yield path
