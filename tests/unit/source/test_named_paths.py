"""Looking at some paths decides as a whole walk does."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine import make_tree

from triplicati.formats.attributes import ATTRIBUTE_BITS
from triplicati.source.filters import FilterRule, compile_filter
from triplicati.source.named_paths import lies_in, look_at
from triplicati.source.rules import WalkRules
from triplicati.source.walk import walk

TREE: dict[str, str | None] = {
    "a.txt": "1",
    "sub/b.txt": "2",
    "sub/deep/c.txt": "3",
    "sub/deep/d.bin": "4",
    ".hid/e.txt": "5",
    "cache/TAG": "",
    "cache/f.txt": "6",
    "empty": None,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_tree(tmp_path / "s", TREE)
    return tmp_path / "s"


def looked(root: Path, *paths: str, **rules: Any) -> list[str]:
    complaints: list[tuple[str, str]] = rules.pop("complaints", [])
    found = look_at(
        [str(root / path) for path in paths],
        [str(root)],
        WalkRules(**rules),
        lambda identity, _, path: complaints.append((identity, path)),
    )
    return [each[0].removeprefix(f"{root}/") for each in found]


def test_only_what_is_named_in_the_order_of_a_walk(root: Path) -> None:
    found = looked(root, "sub/deep/c.txt", "a.txt", "sub", "a.txt", "")
    assert found == ["", "a.txt", "sub/", "sub/deep/c.txt"]


def test_what_is_gone_is_complained_of(root: Path) -> None:
    complaints: list[tuple[str, str]] = []
    assert looked(root, "gone", "a.txt", complaints=complaints) == ["a.txt"]
    assert complaints == [("FileAccessError", f"{root}/gone")]


def test_folders_on_the_way_count(root: Path) -> None:
    every = ("sub/b.txt", "sub/deep/c.txt", ".hid/e.txt", "cache/f.txt")
    out = compile_filter([FilterRule(False, f"{root}/sub/deep/")], case_sensitive=True)
    assert looked(root, *every, filter=out) == [".hid/e.txt", "cache/f.txt", "sub/b.txt"]
    found = looked(root, *every, ignore_names=frozenset({"TAG"}))
    assert found == [".hid/e.txt", "sub/b.txt", "sub/deep/c.txt"]
    assert ".hid/e.txt" not in looked(root, *every, attributes=ATTRIBUTE_BITS["Hidden"])


def test_nothing_behind_a_link(root: Path) -> None:
    (root / "link").symlink_to("sub")
    assert looked(root, "link/b.txt", "link") == ["link/"]
    assert looked(root, "link/b.txt", "link", symlinks="Follow") == ["link/", "link/b.txt"]


def test_what_is_told(root: Path) -> None:
    told: list[str] = []
    looked(root, "a.txt", decide=lambda _, text: told.append(text))
    ignore = frozenset({"TAG"})
    looked(root, "cache/f.txt", "cache", ignore_names=ignore, decide=lambda _, text: told.append(text))
    assert told == [
        f"Including path: {root}/a.txt (1 bytes)",
        f"Excluding path because ignore file was found: {root}/cache/ => TAG",
        f"Excluding path because ignore file was found: {root}/cache/ => TAG",
    ]


def test_a_name_that_is_no_text(root: Path) -> None:
    path = os.fsencode(root) + b"/bad\xff"
    with open(path, "wb"):
        pass
    complaints: list[tuple[str, str]] = []
    (found,) = look_at(
        [os.fsdecode(path)], [str(root)], WalkRules(), lambda *each: complaints.append((each[0], each[2]))
    )
    assert (found[0], found[4]) == (f"{root}/bad%FF", b"bad\xff")
    assert complaints == [("EscapedName", f"{root}/bad%FF")]


def test_in_a_snapshot(root: Path, tmp_path: Path) -> None:
    make_tree(tmp_path / "snap", {"sub/b.txt": "old"})
    rules = WalkRules(places={str(root): str(tmp_path / "snap")})
    (found,) = look_at([f"{root}/sub/b.txt"], [str(root)], rules, lambda *_: None)
    assert (found[0], found[1]) == (f"{root}/sub/b.txt", f"{tmp_path}/snap/sub/b.txt")


@pytest.mark.parametrize(
    ("path", "root", "inside"),
    [
        ("/s/a", "/s", True),
        ("/s", "/s", True),
        ("/sa", "/s", False),
        ("/", "/s", False),
        ("/s", "/", True),
        ("/S/a", "/s", False),
    ],
)
def test_lies_in(path: str, root: str, inside: bool) -> None:
    assert lies_in(path, root, case_sensitive=True) is inside
    assert lies_in(path.upper(), root, case_sensitive=False) is (inside or path == "/S/a")


_PATTERNS = ["*.txt", "/s/sub/", "/s/sub/deep/", "*b*", "*/", "*", "/s/sub/deep/*"]


@settings(max_examples=100)
@given(
    rules=st.lists(st.tuples(st.booleans(), st.sampled_from(_PATTERNS)), max_size=4),
    ignored=st.booleans(),
    hidden=st.booleans(),
)
def test_all_paths_named_are_a_whole_walk(rules: list[tuple[bool, str]], ignored: bool, hidden: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "s"
        make_tree(root, TREE)
        every = [str(root), *(str(path) for path in root.rglob("*"))]
        texts = [FilterRule(sign, text.replace("/s/", f"{root}/")) for sign, text in rules]
        walk_rules = WalkRules(
            filter=compile_filter(texts, case_sensitive=True),
            ignore_names=frozenset({"TAG"} if ignored else ()),
            attributes=ATTRIBUTE_BITS["Hidden"] if hidden else 0,
            marks="all",
        )
        roots = [str(root)]
        assert list(look_at(every, roots, walk_rules, lambda *_: None)) == list(
            walk(roots, walk_rules, lambda *_: None)
        )
