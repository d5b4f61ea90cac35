"""Restores to where not everything can be kept: as another user, and to odd disks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import CommandLine
from support.engine import Place, make_tree, noise, tree
from support.nobody import NOBODY, as_nobody, folder_for_all
from support.odd_disk import odd_disk
from support.restored import everything, ids, read

from triplicati.engine import restore_places
from triplicati.engine.restore_ability import Ability, find_ability
from triplicati.engine.restore_problems import Problems
from triplicati.messages.progress import Event, Report


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "restored"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder


def test_owners_that_cannot_be_kept_are_told_once(open_folder: Path) -> None:
    source = open_folder / "source"
    make_tree(source, {"large": noise(300_000), **{f"{n % 5}/file {n}": noise(100, n) for n in range(40)}})
    (source / "link").symlink_to("large")
    (source / "0").chmod(0o500)
    for number, path in enumerate(sorted(source.rglob("*"))):
        os.chown(path, 12_345, NOBODY if number % 2 else 12_345, follow_symlinks=False)
    backup = CommandLine(open_folder)(
        "backup", f"file://{open_folder}/remote", str(source), "--no-encryption"
    )
    assert backup.returncode == 0, backup.stdout
    for path in (open_folder / "remote").iterdir():
        path.chmod(0o644)
    (open_folder / "remote").chmod(0o755)
    goal = open_folder / "nobody" / "restored"

    done = as_nobody(
        open_folder,
        "restore",
        f"file://{open_folder}/remote",
        f"--restore-path={goal}",
        "--restore-permissions",
        "--no-encryption",
    )

    assert done.returncode == 2, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if "owner" in line]
    assert len(told) == 1, done.stdout
    assert "set the owner or group of 47 entries" in told[0]
    assert str(source) in told[0]
    assert tree(goal) == tree(source), "all but the owners"


def test_a_single_problem_is_told_in_its_own_words() -> None:
    report = Report()
    problems = Problems()
    problems.add("/a/b", b"/t/b", "Could not set the owner of /t/.triplicati-abc-12: Operation not permitted")
    problems.add("/a/x", b"/t/x", "Its metadata could not be read: broken")
    problems.tell(report)
    assert [each.text for each in report.warnings] == [
        "/a/b: Could not set the owner of /t/.triplicati-abc-12: Operation not permitted",
        "/a/x: Its metadata could not be read: broken",
    ]


def test_the_same_problem_of_many_is_told_once_and_kinds_are_limited() -> None:
    report = Report()
    problems = Problems()
    for n in range(7):
        what = ("owner", "group", "owner and group")[n % 3]
        problems.add(f"/a/{n}", b"/t/%d" % n, f"Could not set the {what} of /t/.triplicati-abc-{n}: no")
    for n in range(500):
        problems.add(f"/b/{n}", b"/u/%d" % n, f"number {n}")
    problems.tell(report)
    assert report.warnings[0].text == "Could not set the owner or group of 7 entries, for example /a/0: no"
    assert len(report.warnings) < 110
    assert "401 entries" in report.warnings[-1].text


# --- names that differ in case ---------------------------------------------------------------------------

CASES: dict[str, str | bytes | None] = {
    "Makefile": "upper",
    "makefile": "lower",
    "Docs/a.txt": "in Docs",
    "docs/A.txt": "in docs",
    "docs/b.txt": "only in docs",
    "x": "a file",
    "X/inside": "below a folder",
    "large/One": noise(5000, 1),
    "large/one": noise(6000, 2),
    "É": "accent",
    "é": "small accent",
}
FOUND = sorted(
    each.encode() if isinstance(each, str) else each for each in CASES.values() if each is not None
)


@pytest.mark.parametrize("used", [False, True])
async def test_no_file_is_lost_where_case_does_not_count(place: Place, used: bool) -> None:
    make_tree(place.source, CASES)
    await place.back_up()
    with odd_disk(place.folder / "odd") as disk:
        goal = disk / "goal"
        if used:
            make_tree(goal, {"there": "mine", "MAKEFILE": "mine too"})
        result = await place.restore(goal, permissions=False)
        found = read(goal)
        if used:
            assert found.pop("there") == b"mine"
            assert found.pop("MAKEFILE") == b"mine too"
        assert sorted(found.values()) == FOUND, found.keys()
        assert (result.errors, ids(result)) == ([], ["RestoreNamesClash"])
        assert ": 6 entries get another name or share a folder" in result.warnings[0].text
        again = await place.restore(goal, permissions=False)
        assert (again.restored_files, again.errors) == (0, []), "they are there already"
        assert sorted(read(goal).values()) == sorted([*FOUND, *([b"mine", b"mine too"] if used else [])])
        over = await place.restore(goal, permissions=False, overwrite=True)
        assert over.errors == []
        assert set(FOUND) <= set(read(goal).values())
        assert [name for name in everything(disk) if "triplicati" in name] == []


@pytest.mark.parametrize("dry_run", [False, True])
async def test_where_it_is_only_said_that_case_does_not_count(
    place: Place, target: Path, dry_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(place.source, CASES)
    await place.back_up()
    asked: list[bool] = []

    def said(folder: bytes, *, may_write: bool) -> Ability:
        asked.append(may_write)
        return Ability(case_sensitive=False)

    monkeypatch.setattr(restore_places, "find_ability", said)
    result = await place.restore(target, dry_run=dry_run)
    assert asked == [not dry_run], "once for each file system"
    assert (result.errors, ids(result)) == ([], ["RestoreNamesClash"])
    assert target.exists() is not dry_run
    if not dry_run:
        names = [name.lower() for name in everything(target) if (target / name).is_file()]
        assert len(names) == len(set(names)) == len(FOUND)


async def test_nothing_of_a_probe_is_left_and_case_counts_here(place: Place, target: Path) -> None:
    make_tree(place.source, CASES)
    await place.back_up()
    result = await place.restore(target)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(target) == tree(place.source)
    await place.restore(target)
    assert tree(target) == tree(place.source)


# --- what cannot be held ---------------------------------------------------------------------------------

ODD: dict[str | bytes, str | bytes | None] = {
    "what: a question?": "1",
    "what_ a question_": "2",
    "star*.txt": "3",
    "dots...": "4",
    "blank ": "5",
    "folder:/sub?/file": "6",
    "folder:/sub?/large": noise(5000),
    "bell\x07": "7",
    b"not \xff utf-8": "8",
    "fine": "9",
}


async def test_names_that_cannot_be_held_get_others(place: Place) -> None:
    make_tree(place.source, ODD)
    (place.source / "link").symlink_to("fine")
    await place.back_up()
    with odd_disk(place.folder / "odd") as disk:
        goal = disk / "goal"
        result = await place.restore(goal, permissions=False)
        found = read(goal)
        wanted = sorted(each.encode() if isinstance(each, str) else each for each in ODD.values() if each)
        assert sorted(found.values()) == wanted, found.keys()
        assert found["star_.txt"] == b"3"
        assert found["folder_/sub_/file"] == b"6"
        assert found["dots.._"] == b"4"
        assert found["fine"] == b"9"
        assert [path.rsplit("/", 1)[-1] for path in result.broken_files] == ["link"]
        assert "symbolic links" in result.errors[0].text
        assert set(ids(result)) <= {"RestoreNameChanged", "RestoreNamesClash"}
        told = " ".join(each.text for each in result.warnings)
        for name in ("star*.txt", "dots...", "blank ", "folder:", "bell"):
            assert f"{place.source}/{name}" in told


@pytest.mark.parametrize("known", [False, True])
async def test_a_file_too_large_for_the_file_system(
    place: Place, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what its type allows, else by what it says when the partial file is made."""
    make_tree(place.source, {"large": noise(9000), "small": "x"})
    await place.back_up()
    heard: list[Event] = []
    with odd_disk(place.folder / "odd", 8999) as disk:
        if known:
            limited = Ability(largest=8999)
            monkeypatch.setattr(restore_places, "find_ability", lambda *_, **__: limited)
        place.notify = heard.append
        result = await place.restore(disk / "goal", permissions=False, patterns=("*/large",))
        assert [each for each in heard if each.kind == "download"] == []
        result = await place.restore(disk / "goal", permissions=False)
        assert result.broken_files == [f"{place.source}/large"]
        assert ("no files of more than" if known else "File too large") in result.errors[0].text
        assert everything(disk / "goal") == ["small"]


def test_what_a_disk_can_hold_is_found_out(tmp_path: Path) -> None:
    here = find_ability(os.fsencode(tmp_path), may_write=True)
    assert here.usual
    assert here == find_ability(os.fsencode(tmp_path), may_write=False)
    with odd_disk(tmp_path / "odd") as disk:
        (disk / "Name").mkdir()
        found = find_ability(os.fsencode(disk), may_write=True)
        assert not found.usual
        assert not found.case_sensitive
        assert (found.links, found.raw, found.trailing, found.name_units) == (False, False, b". ", 255)
        assert set(b':?*"<>|') <= set(found.refused)
        assert not find_ability(os.fsencode(disk), may_write=False).case_sensitive
        assert [path.name for path in disk.iterdir()] == ["Name"]
    assert list(tmp_path.glob(".trip*")) == []


async def test_names_too_long_are_shortened(
    place: Place, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from Windows, where 255 characters may be 765 bytes; here the other side allows less."""
    long = {f"{'ö' * 60}{n}.text": str(n) for n in range(3)}
    make_tree(place.source, {**long, f"{'d' * 150}/inside": "in", "short": "s"})
    await place.back_up()
    monkeypatch.setattr(restore_places, "find_ability", lambda *_, **__: Ability(name_bytes=100))
    result = await place.restore(target)
    names = [path.name for path in target.rglob("*")]
    assert all(len(os.fsencode(name)) <= 100 for name in names)
    assert sorted(read(target).values()) == [b"0", b"1", b"2", b"in", b"s"]
    assert result.errors == []
    assert {name[-5:] for name in names if "ö" in name} == {".text"}
    assert set(ids(result)) == {"RestoreNameChanged", "RestoreNamesClash"}


async def test_metadata_that_cannot_be_kept_is_told_once_for_all(place: Place) -> None:
    make_tree(place.source, {f"file {n}": str(n) for n in range(30)})
    for path in place.source.iterdir():
        os.setxattr(path, "user.note", b"x")
    await place.back_up()
    with odd_disk(place.folder / "odd") as disk:
        result = await place.restore(disk / "goal", permissions=False)
        assert (len(read(disk / "goal")), result.errors) == (30, [])
        assert len(result.warnings) == 1
        assert "user.note of 30 entries" in result.warnings[0].text
