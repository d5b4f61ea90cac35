"""Walks over real trees: the tables of spec/cli.md 4.9, each rule alone, and a naive walk beside ours."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine import make_tree

from triplicati.formats.attributes import ATTRIBUTE_BITS
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.source import exclusion_marks
from triplicati.source.filters import Filter, FilterRule, compile_filter
from triplicati.source.rules import WalkRules, moved
from triplicati.source.walk import walk

MARK = "user.duplicati.exclude"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def walked(*roots: Path, complaints: list[tuple[str, str]] | None = None, **rules: Any) -> list[str]:
    """Stored paths; complaints must be expected."""

    def complain(identity: str, text: str, path: str) -> None:
        del text
        assert complaints is not None, (identity, path)
        complaints.append((identity, path))

    return [found[0] for found in walk([str(root) for root in roots], WalkRules(**rules), complain)]


def names(root: Path, **rules: Any) -> set[str]:
    """As `walked`, below one root; "" is the root."""
    found = walked(root, **rules)
    assert found == sorted(found)
    return {path.removeprefix(f"{root}/") for path in found}


def rules_of(text: str, root: Path) -> Filter:
    """Rules with blanks between them, in which /s stands for the root."""
    rules = [FilterRule(each[0] == "+", each[1:].replace("/s/", f"{root}/")) for each in text.split()]
    return compile_filter(rules, case_sensitive=True)


# --- the whole walks of 4.9 ------------------------------------------------------------------------------

TREE = {"a.txt": "", "b.bin": "", "sub/c.txt": "", "sub/d.bin": "", ".cache/x.txt": "", "tmp/y.txt": ""}
ALL = {"", "a.txt", "b.bin", "sub/", "sub/c.txt", "sub/d.bin", ".cache/", ".cache/x.txt", "tmp/", "tmp/y.txt"}
FOLDERS = {each for each in ALL if each == "" or each.endswith("/")}
TEXTS = {each for each in ALL if each.endswith(".txt")}
SUB = {each for each in ALL if each.startswith("sub/")}

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


# --- exclusion marks -------------------------------------------------------------------------------------


def mark(path: Path, name: str = MARK) -> None:
    try:
        os.setxattr(path, name, b"")
    except OSError as error:
        pytest.fail(f"no extended attributes here: {error}")


def test_marks_on_folders_and_files(tmp_path: Path) -> None:
    root = tmp_path / "s"
    make_tree(root, {"a": "", "b": "", "sub/x": "", "other/y": ""})
    for path in (root, root / "a", root / "sub"):
        mark(path)
    mark(root / "b", "user.something")
    assert names(root, marks="none") == {"", "a", "b", "sub/", "sub/x", "other/", "other/y"}
    assert names(root, marks="folders") == {"", "a", "b", "other/", "other/y"}
    assert names(root, marks="all") == {"", "b", "other/", "other/y"}


def count_questions(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], list[str]]) -> list[str]:
    asked: list[str] = []

    def watched(path: str) -> list[str]:
        asked.append(path)
        return answer(path)

    monkeypatch.setattr(exclusion_marks, "xattr_names", watched)
    return asked


def test_the_rules_stop_before_attributes_are_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(root, {"x#Recycle/y": "", "#Recycle": ""})
    asked = count_questions(monkeypatch, lambda _: [])
    names(root, filter=rules_of("-*#Recycle* -*.txt", root), marks="all")
    taken = (".cache", "b.bin", "sub", "sub/d.bin", "tmp")
    assert sorted(asked) == [f"{root}/{name}" for name in taken]


def test_a_file_system_without_attributes_is_asked_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> list[str]:
        raise OSError(95, "Operation not supported")

    asked = count_questions(monkeypatch, refuse)
    assert names(root, marks="all") == ALL
    assert len(asked) == 1


def test_a_path_that_cannot_be_asked_is_taken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    asked = count_questions(monkeypatch, refuse)
    assert names(root, marks="all") == ALL
    assert len(asked) == len(ALL) - 1  # a source is not asked


@pytest.mark.parametrize(
    "name", ["user.duplicati.exclude", "duplicati.exclude", "com.apple.metadata:com_apple_backup_excludeItem"]
)
def test_the_names_of_marks(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count_questions(monkeypatch, lambda path: ["user.x", name] if path.endswith("/sub") else ["user.x"])
    assert names(root, marks="folders") == ALL - SUB


# --- what is told ----------------------------------------------------------------------------------------


def test_every_decision_is_told(tmp_path: Path) -> None:
    root = tmp_path / "s"
    tree: dict[str, str | None] = {
        "keep.txt": "12",
        "skip.bin": "",
        "large": "12345",
        "ignored/TAG": "",
        ".hidden": "",
        "empty": None,
        "own": "",
        "marked": "",
        "one": "",
    }
    make_tree(root, tree)
    os.link(root / "one", root / "two")
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to("nowhere")
    mark(root / "marked")
    told: list[tuple[str, str]] = []
    stored = names(
        root,
        filter=rules_of("+*.txt -*.bin", root),
        largest=4,
        symlinks="Ignore",
        hardlinks="First",
        ignore_names=frozenset({"TAG"}),
        attributes=ATTRIBUTE_BITS["Hidden"],
        empty_folders=False,
        marks="all",
        excluded=frozenset({f"{root}/own"}),
        decide=lambda *each: told.append(each),
    )
    assert stored == {"", "keep.txt", "one"}
    assert sorted((identity, text.replace(str(root), "/s")) for identity, text in told) == [
        ("ExcludeLargeFile", "Excluding file due to size: /s/large (5 bytes)"),
        ("ExcludeSymlink", "Excluding symlink: /s/link"),
        ("ExcludingBlacklistedPath", "Excluding blacklisted path: /s/own"),
        ("ExcludingDevice", "Excluding device, pipe or socket: /s/pipe"),
        ("ExcludingDuplicateHardlink", "Excluding hardlink that is stored already: /s/two"),
        ("ExcludingEmptyFolder", "Excluding folder without files: /s/empty/"),
        ("ExcludingPathDueToIgnoreFile", "Excluding path because ignore file was found: /s/ignored/ => TAG"),
        ("ExcludingPathFromAttributes", "Excluding path due to attribute filter: /s/.hidden => Hidden"),
        ("ExcludingPathFromFilter", "Excluding path due to filter: /s/skip.bin => -*.bin"),
        ("ExcludingPathFromXattr", "Excluding path due to extended attribute: /s/marked"),
        ("IncludingPath", "Including path: /s/empty/"),
        ("IncludingPath", "Including path: /s/one (0 bytes)"),
        ("IncludingPathFromFilter", "Including path due to filter: /s/keep.txt (2 bytes) => +*.txt"),
        ("IncludingSourcePath", "Including source path: /s/"),
    ]


def test_what_is_told_with_includes_alone(root: Path) -> None:
    told: list[str] = []
    names(root, filter=rules_of("+/s/sub/*.txt", root), decide=lambda _, text: told.append(text))
    assert f"Entering folder, which is not stored itself: {root}/sub/" in told
    assert f"Excluding path due to filter: {root}/a.txt => no include matches" in told
    assert f"Including path due to filter: {root}/sub/c.txt (0 bytes) => +{root}/sub/*.txt" in told


# --- a naive walk ----------------------------------------------------------------------------------------

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
