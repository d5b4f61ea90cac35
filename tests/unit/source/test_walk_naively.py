"""A naive walk beside ours (spec/cli.md 4.5)."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triplicati.formats.attributes import ATTRIBUTE_BITS
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.source.filters import FilterRule, compile_filter
from triplicati.source.rules import WalkRules
from triplicati.source.walk import walk


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


Tree = Mapping[str, Any]
"""Names to nested trees, file contents, ("link", target) or ("fixed", content) for a read-only file"""

_NAMES = st.sampled_from(["a", "b", ".h", "c.txt", "d d", "TAG", "é", "a.txt", "a0"])
_LEAVES = st.one_of(
    st.sampled_from([b"", b"1", b"12345"]),
    st.tuples(st.just("link"), st.sampled_from(["a", "../b", "c.txt", "nowhere"])),
    st.tuples(st.just("fixed"), st.just(b"12")),
)
_TREES = st.recursive(
    st.dictionaries(_NAMES, _LEAVES, max_size=4),
    lambda inner: st.dictionaries(_NAMES, st.one_of(_LEAVES, inner), max_size=4),
    max_leaves=12,
)
_PATTERNS = ["*.txt", "*/a/", "*/.h/", "*b*", "/s/a/*", "/s/*/", "*", "*/", "[.*/a.*]", "*/b", "/s/b/a"]
_RULES = st.lists(st.tuples(st.booleans(), st.sampled_from(_PATTERNS)), max_size=4)


def build(folder: str, tree: Tree) -> None:
    os.mkdir(folder)
    for name, content in tree.items():
        path = f"{folder}/{name}"
        if isinstance(content, dict):
            build(path, content)
        elif isinstance(content, tuple) and content[0] == "link":
            os.symlink(content[1], path)
        else:
            fixed = isinstance(content, tuple)
            with open(path, "wb") as file:
                file.write(content[1] if fixed else content)
            os.chmod(path, 0o444 if fixed else 0o644)


def naive(path: str, rules: WalkRules, *, is_root: bool) -> Iterator[str]:
    """What is stored of `path` and below, one rule after the other as spec/cli.md 4.5 lists them."""
    status = os.lstat(path)
    link = stat.S_ISLNK(status.st_mode)
    folder = stat.S_ISDIR(status.st_mode)
    text = path + "/" if folder or (link and os.path.isdir(path)) else path
    if not is_root:
        ignoring = [f"{path}/{name}" for name in rules.ignore_names]
        if folder and any(os.path.lexists(each) and not os.path.isdir(each) for each in ignoring):
            return
        has = {"Hidden"} if os.path.basename(path).startswith(".") else set()
        has |= {"Directory"} if text.endswith("/") else set()
        has |= {"ReparsePoint"} if link else set()
        has |= {"ReadOnly"} if not link and not status.st_mode & 0o200 else set()
        if any(rules.attributes & ATTRIBUTE_BITS[name] for name in has or {"Normal"}):
            return
    verdict = rules.filter.verdict(text) if rules.filter is not None else None
    only_includes = rules.filter is not None and rules.filter.only_includes
    if verdict is False and not is_root:
        return
    stored = verdict is True if only_includes else True
    if link and rules.symlinks == "Ignore":
        return
    if not folder:
        too_large = not link and 0 < rules.largest < status.st_size
        if stored and not too_large:
            yield text
        return
    below = [each for name in os.listdir(path) for each in naive(f"{path}/{name}", rules, is_root=False)]
    survivors = [each for each in below if os.path.islink(each.rstrip("/")) or not each.endswith("/")]
    if stored and (is_root or rules.empty_folders or survivors):
        yield text
    yield from below


@settings(max_examples=200)
@given(
    tree=_TREES,
    rules=_RULES,
    ignored=st.sampled_from([frozenset(), frozenset({"TAG"})]),
    attribute=st.sampled_from([0, *(ATTRIBUTE_BITS[each] for each in ("Hidden", "ReadOnly", "Normal"))]),
    symlinks=st.sampled_from(["Store", "Ignore"]),
    largest=st.sampled_from([0, 3]),
    empty=st.booleans(),
    told=st.booleans(),
)
def test_the_walk_against_a_naive_one(
    tree: Tree,
    rules: list[tuple[bool, str]],
    ignored: frozenset[str],
    attribute: int,
    symlinks: Any,
    largest: int,
    empty: bool,
    told: bool,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = f"{folder}/s"
        build(root, tree)
        texts = [FilterRule(sign, text.replace("/s/", f"{root}/")) for sign, text in rules]
        walk_rules = WalkRules(
            filter=compile_filter(texts, case_sensitive=True),
            ignore_names=ignored,
            attributes=attribute,
            symlinks=symlinks,
            largest=largest,
            empty_folders=empty,
            marks="all",
            decide=(lambda *_: None) if told else None,
        )
        found = list(walk([root], walk_rules, lambda *each: pytest.fail(str(each))))
        assert [each[0] for each in found] == sorted(naive(root, walk_rules, is_root=True))
        for path, location, kind, status, _ in found:
            assert location == path.rstrip("/")
            mode = os.lstat(location).st_mode
            assert kind == (FOLDER if stat.S_ISDIR(mode) else SYMLINK if stat.S_ISLNK(mode) else FILE)
            assert status.st_ino == os.lstat(location).st_ino
