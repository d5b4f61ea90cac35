"""Exclusion marks, and what is told of each decision."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.engine import make_tree
from support.walking import ALL, SUB, TREE, names, rules_of

from triplicati.formats.attributes import ATTRIBUTE_BITS
from triplicati.source import exclusion_marks

MARK = "user.duplicati.exclude"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "s"
    make_tree(folder, TREE)
    return folder


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
