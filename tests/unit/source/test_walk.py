"""Walks over real trees: the tables of spec/cli.md 4.9, and each rule alone."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from support.engine import make_tree
from support.walking import ALL, FOLDERS, SUB, TEXTS, TREE, names, rules_of, walked

from triplicati.formats.attributes import ATTRIBUTE_BITS
from triplicati.source.rules import WalkRules, moved
from triplicati.source.walk import walk


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


# --- the whole walks of 4.9 ------------------------------------------------------------------------------

WALKS = [
    ("W1", "", ALL),
    ("W2", "-*.txt", ALL - TEXTS),
    ("W3", "+*.txt", TEXTS),
    ("W4", "+*.txt -*", {"", "a.txt"}),
    ("W5", "+*/ +*.txt -*", FOLDERS | TEXTS),
    ("W6", "-/s/sub/", ALL - SUB),
    ("W7", "-/s/sub", ALL),
    ("W8", "-/s/sub/*", ALL - SUB),
    ("W9", "+/s/sub/c.txt -/s/sub/", ALL - SUB),
    ("W10", "+/s/sub/ +/s/sub/c.txt -/s/sub/*", ALL - {"sub/d.bin"}),
    ("W11", "-{CacheFiles}", ALL - {".cache/", ".cache/x.txt"}),
    ("W12", "+/s/sub/*", SUB),
    ("W13", "+/s/sub/", {"sub/"}),
    ("W14", "-*", {""}),
    ("W15", "-/s/", ALL),
    ("W16", "-[.*/tmp/]", ALL - {"tmp/", "tmp/y.txt"}),
    ("W17", "-*.bin +/s/sub/d.bin", ALL - {"b.bin", "sub/d.bin"}),
    ("W18", "+*.txt -*.bin", FOLDERS | TEXTS),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "s"
    make_tree(folder, TREE)
    return folder


@pytest.mark.parametrize(("rules", "stored"), [each[1:] for each in WALKS], ids=[each[0] for each in WALKS])
def test_whole_walks(rules: str, stored: set[str], root: Path) -> None:
    assert names(root, filter=rules_of(rules, root)) == stored
    told: list[tuple[str, str]] = []
    assert names(root, filter=rules_of(rules, root), decide=lambda *each: told.append(each)) == stored


def test_empty_folders(tmp_path: Path) -> None:
    """The vector of the unit test of Duplicati: folders and files that are left each time."""
    root = tmp_path / "R"
    tree: dict[str, str | None] = {
        "empty-toplevel": None,
        "toplevel/empty": None,
        "toplevel/filteredempty/myfile.txt": "",
        "toplevel/normal/standard.txt": "",
        "toplevel/excludefile/exclude.me": "",
        "toplevel/excludefile/anyfile.txt": "",
    }
    make_tree(root, tree)
    ignored = frozenset({"exclude.me"})

    def counts(**rules: Any) -> tuple[int, int]:
        found = names(root, **rules)
        folders = {each for each in found if each == "" or each.endswith("/")}
        return len(folders), len(found - folders)

    assert counts() == (7, 4)
    assert counts(ignore_names=ignored) == (6, 2)
    assert counts(ignore_names=ignored, empty_folders=False) == (4, 2)
    filtered = rules_of("-*/myfile.txt", root)
    assert counts(ignore_names=ignored, empty_folders=False, filter=filtered) == (3, 1)
    (root / "toplevel/normal/standard.txt").unlink()
    assert counts(ignore_names=ignored, empty_folders=False, filter=filtered) == (1, 0)


# --- one rule at a time ----------------------------------------------------------------------------------


def test_ignore_files(tmp_path: Path) -> None:
    root = tmp_path / "s"
    tree: dict[str, str | None] = {
        "CACHEDIR.TAG": "",
        "a/CACHEDIR.TAG": "",
        "a/deep/x": "",
        "b/CACHEDIR.TAG": None,
        "c/.nobackup": "",
        "d/cachedir.tag": "",
    }
    make_tree(root, tree)
    everything = names(root)
    only = frozenset({"CACHEDIR.TAG"})
    without_a = {each for each in everything if not each.startswith("a/")}
    # A root stays, and a folder of that name says nothing.
    assert names(root, ignore_names=only) == without_a
    both = only | {".nobackup"}
    assert names(root, ignore_names=both) == {each for each in without_a if not each.startswith("c/")}
    insensitive = names(root, ignore_names=only, case_sensitive=False)
    assert insensitive == {each for each in without_a if not each.startswith("d/")}
    assert walked(root / "a", root / "c", ignore_names=both) == [
        *(f"{root}/{name}" for name in ("a/", "a/CACHEDIR.TAG", "a/deep/", "a/deep/x", "c/", "c/.nobackup"))
    ]


@pytest.mark.parametrize(
    ("attributes", "left_out"),
    [
        (["Hidden"], {".dot", ".hid/", ".hid/inside"}),
        (["ReadOnly"], {"fixed"}),
        (["ReparsePoint"], {"link", "folder-link/"}),
        (["Directory"], {".hid/", ".hid/inside", "sub/", "sub/y", "folder-link/"}),
        (["Normal"], {"x", "sub/y", ".hid/inside"}),
        (["System", "Archive", "Temporary", "Compressed"], set()),
        (["Hidden", "ReadOnly"], {".dot", ".hid/", ".hid/inside", "fixed"}),
    ],
    ids=lambda each: "+".join(each) if isinstance(each, list) else "",
)
def test_attributes(attributes: list[str], left_out: set[str], tmp_path: Path) -> None:
    root = tmp_path / ".s"
    make_tree(root, {"x": "", ".dot": "", ".hid/inside": "", "sub/y": "", "fixed": ""})
    (root / "fixed").chmod(0o444)
    (root / "link").symlink_to("x")
    (root / "folder-link").symlink_to("sub")
    bits = sum(ATTRIBUTE_BITS[name] for name in attributes)
    assert names(root) - names(root, attributes=bits) == left_out


def test_a_followed_link_is_still_one_for_its_attributes(tmp_path: Path) -> None:
    root = tmp_path / "s"
    make_tree(root, {"sub/y": ""})
    (root / "link").symlink_to("sub")
    assert names(root, symlinks="Follow") == {"", "sub/", "sub/y", "link/", "link/y"}
    only = ATTRIBUTE_BITS["ReparsePoint"]
    assert names(root, symlinks="Follow", attributes=only) == {"", "sub/", "sub/y"}


def test_symlinks(tmp_path: Path) -> None:
    root = tmp_path / "s"
    make_tree(root, {"file": "", "sub/y": ""})
    (root / "to-file").symlink_to("file")
    (root / "to-sub").symlink_to("sub")
    (root / "dangling").symlink_to("nowhere")
    plain = {"", "file", "sub/", "sub/y"}
    assert names(root) == plain | {"to-file", "to-sub/", "dangling"}
    assert names(root, symlinks="Ignore") == plain
    complaints: list[tuple[str, str]] = []
    (root / "sub/up").symlink_to("..")
    found = names(root, symlinks="Follow", complaints=complaints)
    assert found >= plain | {"to-file", "to-sub/", "to-sub/y", "sub/up/"}
    assert ("FileAccessError", f"{root}/dangling") in complaints
    assert ("SymlinkLoop", f"{root}/sub/up/") in complaints


def test_links_count_where_empty_folders_are_left_out(tmp_path: Path) -> None:
    root = tmp_path / "s"
    make_tree(root, {"empty/deeper": None, "linked/deep": None, "files/x": ""})
    (root / "linked/deep/link").symlink_to("nowhere")
    kept = ["", "files/", "files/x", "linked/", "linked/deep/", "linked/deep/link"]
    assert sorted(names(root, empty_folders=False)) == kept
    empty = tmp_path / "empty"
    empty.mkdir()
    assert walked(empty, root / "empty", empty_folders=False) == [f"{empty}/", f"{root}/empty/"]


def test_hard_links_concern_files_alone(tmp_path: Path) -> None:
    """Folders have a link for each folder in them on most file systems."""
    root = tmp_path / "s"
    make_tree(root, {"a": "1", "sub/deep/c": "2"})
    os.link(root / "a", root / "b")
    os.link(root / "a", root / "sub/d")
    folders = {"", "sub/", "sub/deep/", "sub/deep/c"}
    assert names(root) == folders | {"a", "b", "sub/d"}
    assert names(root, hardlinks="First") == folders | {"a"}
    assert names(root, hardlinks="None") == folders
    # A source is taken in any case, and is the first.
    found = walked(root / "b", root / "sub", hardlinks="First")
    assert found == [f"{root}/{name}" for name in ("b", "sub/", "sub/deep/", "sub/deep/c")]
    # The first name that is taken counts: otherwise the content would be in no backup.
    assert "b" in names(root, hardlinks="First", filter=rules_of("-*/a", root))


def test_sizes(tmp_path: Path) -> None:
    make_tree(tmp_path / "s", {"small": "12", "large": "123"})
    assert names(tmp_path / "s", largest=2) == {"", "small"}
    assert names(tmp_path / "s", largest=3) == {"", "small", "large"}


def test_special_files_are_passed_over(tmp_path: Path) -> None:
    make_tree(tmp_path / "s", {"x": ""})
    os.mkfifo(tmp_path / "s/pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(tmp_path / "s")
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
    assert names(tmp_path / "s") == {"", "x"}


def test_names_that_differ_in_case_alone(tmp_path: Path) -> None:
    root = tmp_path / "s"
    make_tree(root, {"a": "", "A": "", "sub/x": "", "SUB/y": "", "b": ""})
    assert names(root) == {"", "a", "A", "b", "sub/", "sub/x", "SUB/", "SUB/y"}
    complaints: list[tuple[str, str]] = []
    assert names(root, case_sensitive=False, complaints=complaints) == {"", "A", "SUB/", "SUB/y", "b"}
    assert sorted(complaints) == [("DuplicatePath", f"{root}/a"), ("DuplicatePath", f"{root}/sub/")]


def test_excluded_places(tmp_path: Path) -> None:
    root = tmp_path / "s"
    make_tree(root, {"a": "", "sub/x": ""})
    assert names(root, excluded=frozenset({f"{root}/a", f"{root}/sub"})) == {""}


# --- places ----------------------------------------------------------------------------------------------


def test_what_is_read_elsewhere_is_stored_where_it_is(tmp_path: Path) -> None:
    root, first, second = tmp_path / "s", tmp_path / "snap/1", tmp_path / "snap/2"
    make_tree(root, {"live": "", "mounted/live": "", "sub/x": ""})
    make_tree(first, {"frozen": "", "mounted": None, "sub/x": ""})
    make_tree(second, {"inner": ""})
    places = {str(root): str(first), f"{root}/mounted": str(second)}
    found = {each[0]: each[1] for each in walk([str(root)], WalkRules(places=places), lambda *_: None)}
    assert found == {
        f"{root}/": str(first),
        f"{root}/frozen": f"{first}/frozen",
        f"{root}/mounted/": str(second),
        f"{root}/mounted/inner": f"{second}/inner",
        f"{root}/sub/": f"{first}/sub",
        f"{root}/sub/x": f"{first}/sub/x",
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b/c", "/x/b/c"),
        ("/a", "/x"),
        ("/a/m/d", "/y/d"),
        ("/a/m", "/y"),
        ("/other", "/other"),
        ("/ab", "/ab"),
    ],
)
def test_where_a_path_is_read(path: str, expected: str) -> None:
    assert moved(path, path, {"/a": "/x", "/a/m": "/y"}) == expected


def test_where_everything_is_elsewhere() -> None:
    assert moved("/a/b", "/a/b", {"/": "/x"}) == "/x/a/b"
    assert moved("/", "/", {"/": "/x"}) == "/x"
