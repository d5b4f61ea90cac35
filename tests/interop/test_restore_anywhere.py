"""Restores to where not everything can be kept: as another user, to odd disks, with too little room."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from support.command_line import PASSPHRASE, CommandLine, environment_of
from support.engine import Place, make_tree, noise, tree
from support.odd_disk import odd_disk
from support.small_disk import small_disk
from support.zips import archive_of

from triplicati.engine import restore_places
from triplicati.engine.opening import Expected, Keys
from triplicati.engine.restore_ability import Ability, find_ability
from triplicati.engine.restore_problems import Problems
from triplicati.engine.restore_versions import restore_versions
from triplicati.engine.wire import (
    HEAD,
    Part,
    Wire,
    WriteSetup,
    WriteVolume,
    Written,
    decode_from_worker,
    frame,
)
from triplicati.engine.writing import write
from triplicati.errors import DiskFull, RestoreTargetUnusable
from triplicati.formats.hashes import entry_name, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.messages.progress import Event, Report
from triplicati.messages.results import RestoreResult
from triplicati.values.stamps import format_stamp

NOBODY = 65534


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "restored"


def ids(result: RestoreResult) -> list[str]:
    return [each.id for each in result.warnings]


def read(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# --- as another user -------------------------------------------------------------------------------------


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that every user can get into, which those of pytest are not."""
    if os.geteuid() != 0:
        pytest.fail("these tests give files to other users and run as nobody: run them as root")
    folder = Path(tempfile.mkdtemp(prefix="triplicati-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    home = folder / "nobody"
    home.mkdir(mode=0o700, exist_ok=True)
    os.chown(home, NOBODY, NOBODY)
    return subprocess.run(
        [*_reachable(folder), sys.executable, "-m", "triplicati.apps.cli", *words],
        capture_output=True,
        text=True,
        cwd=home,
        env=environment_of(home, PASSPHRASE=PASSPHRASE),
        check=False,
    )


# In a mount namespace of its own: $1 gets to be what is seen as $2, with $3 where it was before.
_UNCOVER = """
mkdir -p "$1/$3" && mount --bind "$2/$3" "$1/$3" && mount --rbind "$1" "$2" && shift 3 && exec "$@"
"""


def _reachable(folder: Path) -> list[str]:
    """What the command of another user starts with. An interpreter below a closed folder, as that of root's
    own pyenv, is uncovered for it."""
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    prefix = Path(os.path.realpath(sys.base_prefix))
    for closed in reversed(prefix.parents):
        if not closed.stat().st_mode & 0o001:
            stage = str(folder / "uncovered")
            below = str(prefix.relative_to(closed))
            return ["unshare", "--mount", "sh", "-c", _UNCOVER, "sh", stage, str(closed), below, *become]
    return become


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


# --- targets that cannot be used -------------------------------------------------------------------------


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_target_that_cannot_be_used(place: Place, dry_run: bool) -> None:
    make_tree(place.source, {"a": "x", "sub/b": "y"})
    await place.back_up()
    place.faults = []
    (place.folder / "file").write_text("in the way")
    (place.folder / "nowhere").symlink_to("absent")
    (place.folder / "round").symlink_to("round")
    with small_disk(place.folder / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk.path], check=True) if os.geteuid() == 0 else None
        bad = ["file", "file/below", "nowhere", "nowhere/below", "round"]
        bad += ["disk", "disk/below/it"] if os.geteuid() == 0 else []
        for name in bad:
            before = everything(place.folder)
            with pytest.raises(RestoreTargetUnusable, match=name):
                await place.restore(place.folder / name, dry_run=dry_run, control_files=True)
            assert [each for each in everything(place.folder) if each not in before] == []


@pytest.mark.parametrize("extra", [(), ("--dry-run",)])
def test_a_target_without_permission(open_folder: Path, extra: tuple[str, ...]) -> None:
    make_tree(open_folder / "source", {"a": "x"})
    (open_folder / "source").chmod(0o755)
    remote = f"file://{open_folder}/remote"
    run = CommandLine(open_folder)
    assert run("backup", remote, f"{open_folder}/source", "--no-encryption").returncode == 0
    for path in (open_folder / "remote").iterdir():
        path.chmod(0o644)
    (open_folder / "closed").mkdir(mode=0o755)
    for where in ("closed", "closed/below"):
        words = ("restore", remote, f"--restore-path={open_folder}/{where}", "--no-encryption", *extra)
        done = as_nobody(open_folder, *words)
        assert done.returncode == 100, done.stdout
        assert "Cannot restore to" in done.stdout + done.stderr
    (open_folder / "source" / "a").unlink()
    done = as_nobody(open_folder, "restore", remote, "--no-encryption", *extra)
    assert done.returncode == 100, done.stdout
    assert "Cannot restore to" in done.stdout + done.stderr, "nor to the original place"


async def test_a_target_that_is_a_link(place: Place, target: Path) -> None:
    make_tree(place.source, {"a": "x", "sub/b": "y"})
    await place.back_up()
    (place.folder / "real").mkdir()
    target.symlink_to("real")
    for _ in range(2):
        result = await place.restore(target)
        assert (result.errors, result.warnings) == ([], [])
        assert target.is_symlink()
        assert tree(place.folder / "real") == tree(place.source)
        assert (place.folder / "real").stat().st_mtime_ns // 100 == place.source.stat().st_mtime_ns // 100


# --- room ------------------------------------------------------------------------------------------------


async def test_too_little_room_is_told_before_anything_is_fetched(place: Place) -> None:
    make_tree(place.source, {"large": noise(900_000), "small": noise(900, 2)})
    await place.back_up(volume_size=200 << 10)
    place.faults = []
    with small_disk(place.folder / "disk") as disk:
        disk.fill(500_000)
        with pytest.raises(DiskFull, match=r"needs 87.*KiB there and 48.* KiB are free.*ignore-free-space"):
            await place.restore(disk.path / "goal", max_threads=2)
        assert everything(disk.path) == ["ballast"]
        heard: list[Event] = []
        place.notify = heard.append
        result = await place.restore(disk.path / "goal", dry_run=True)
        assert ids(result) == ["DiskFull"]
        assert [each for each in heard if each.text.startswith("[Dryrun]: Would need 87")]
        assert not [each for each in heard if each.kind == "download"]
        with pytest.raises(DiskFull, match="No space left"):
            await place.restore(disk.path / "goal", ignore_free_space=True)
        assert [each.kind for each in heard].count("download") > 0
        assert [name for name in everything(disk.path) if "triplicati" in name] == []


async def test_what_is_replaced_counts_as_room(place: Place) -> None:
    make_tree(place.source, {f"{n}": noise(300_000, n) for n in range(4)})
    await place.back_up(volume_size=4 << 20)
    with small_disk(place.folder / "disk") as disk:
        make_tree(disk.path / "goal", {f"{n}": noise(300_000, n + 50) for n in range(4)})
        disk.fill(700_000)
        with pytest.raises(DiskFull, match="needs"):
            await place.restore(disk.path / "goal")
        with pytest.raises(DiskFull, match="No space left"):  # all are written before the first is replaced
            await place.restore(disk.path / "goal", overwrite=True)


async def test_room_for_volumes_that_are_fetched(place: Place, target: Path) -> None:
    place.faults = []
    make_tree(place.source, {"large": noise(900_000)})
    await place.back_up(volume_size=400 << 10, max_threads=2)
    with small_disk(place.folder / "temporary") as disk:
        disk.fill(600_000)
        heard: list[Event] = []
        place.notify = heard.append
        with pytest.raises(DiskFull, match=f"{disk.path}.*needs .* are free.*--tempdir"):
            await place.restore(target, max_threads=2)
        assert not [each for each in heard if each.kind == "download"]
        assert not target.exists()
        await place.restore(target)
        assert tree(target) == tree(place.source)


async def test_room_that_is_reserved(place: Place) -> None:
    make_tree(place.source, {"large": noise(900_000), "small": "x"})
    await place.back_up(volume_size=200 << 10)
    heard: list[Event] = []
    with small_disk(place.folder / "disk") as disk:
        disk.fill(500_000)
        place.notify = heard.append
        with pytest.raises(DiskFull, match="No space left"):
            await place.restore(disk.path / "goal", ignore_free_space=True, preallocate=True)
        assert not [each for each in heard if each.kind == "download"], "refused before"
        assert read(disk.path / "goal") == {}
        disk.clear()
        result = await place.restore(disk.path / "goal", preallocate=True)
        assert (result.errors, result.warnings) == ([], [])
        assert tree(disk.path / "goal") == tree(place.source)


async def test_a_dry_run_tells_what_is_in_the_way(place: Place, target: Path) -> None:
    make_tree(place.source, {"a.txt": "ours", "b.txt": "ours too", "c": "same"})
    await place.back_up()
    make_tree(target, {"a.txt": "mine", "c": "same"})
    heard: list[Event] = []
    place.notify = heard.append
    before = tree(target)
    await place.restore(target, dry_run=True)
    lines = [each.text for each in heard if each.text.startswith("[Dryrun]")]
    assert len(lines) == 3
    assert lines[0].startswith(f"[Dryrun]: Would restore {place.source}/a.txt to {target}/a.2")
    assert lines[1] == f"[Dryrun]: Would restore {place.source}/b.txt to {target}/b.txt"
    assert "Would need 12 bytes on the disk" in lines[2]
    heard.clear()
    await place.restore(target, dry_run=True, overwrite=True)
    assert any("a.txt in place of what is there" in each.text for each in heard)
    assert tree(target) == before


# --- all versions, all blocks ----------------------------------------------------------------------------


async def three_versions(place: Place) -> tuple[list[int], list[dict[str, bytes]]]:
    """Newest first: the middle one differs from the oldest in a time alone."""
    stamps: list[int] = []
    found: list[dict[str, bytes]] = []
    for content in ("one", "one", "two"):
        make_tree(place.source, {"a": content, "large": noise(5000)})
        os.utime(place.source / "a", (len(stamps), len(stamps)))
        stamps.append((await place.back_up()).version_time)
        found.append(read(place.source))
    return stamps[::-1], found[::-1]


@pytest.mark.parametrize(("how", "expected"), [("True", [0, 1, 2]), ("Unique", [0, 1])])
async def test_each_version_to_a_folder_of_its_own(
    place: Place, target: Path, how: str, expected: list[int]
) -> None:
    stamps, found = await three_versions(place)
    place.restoring = restore_versions
    result = await place.restore(target, all_versions=how)
    assert (result.errors, result.warnings) == ([], [])
    assert result.restored_files == 2 * len(expected)
    assert {path.name for path in target.iterdir()} == {format_stamp(stamps[n]) for n in expected}
    for n in expected:
        assert read(target / format_stamp(stamps[n])) == found[n]
    some = await place.restore(place.folder / "some", all_versions=how, versions=(2,), patterns=("*/a",))
    assert some.restored_files == 1
    assert read(place.folder / "some") == {f"{format_stamp(stamps[2])}/a": b"one"}


async def test_room_for_all_versions_is_asked_for_first(place: Place) -> None:
    for n in range(2):
        make_tree(place.source, {"large": noise(500_000, n)})
        await place.back_up(volume_size=1 << 20)
    place.restoring = restore_versions
    with small_disk(place.folder / "disk") as disk:
        disk.fill(700_000)
        with pytest.raises(DiskFull, match="needs 97"):
            await place.restore(disk.path / "goal", all_versions="True")
        assert everything(disk.path) == ["ballast"]


def test_all_versions_on_the_command_line(tmp_path: Path) -> None:
    run = CommandLine(tmp_path)
    make_tree(tmp_path / "source", {"a": "one"})
    remote = f"file://{tmp_path}/remote"
    assert run("backup", remote, str(tmp_path / "source"), "--no-encryption").returncode == 0
    make_tree(tmp_path / "source", {"a": "another"})
    assert run("backup", remote, str(tmp_path / "source"), "--no-encryption").returncode == 0
    refused = run("restore", remote, "--restore-all-files", "--no-encryption", "--restore-all-files=True")
    assert refused.returncode == 100
    assert "Say where with --restore-path" in refused.stdout + refused.stderr
    goal = tmp_path / "goal"
    for extra in ((), ("--no-local-db",)):
        done = run(
            "restore",
            remote,
            "--restore-all-files=Unique",
            f"--restore-path={goal}",
            "--no-encryption",
            "--full-block-verification",
            "--restore-preallocate-size",
            "--restore-ignore-free-space",
            *extra,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(read(goal).values()) == [b"another", b"one"]
        shutil.rmtree(goal)


async def test_a_remote_folder_to_restore_to_is_refused(tmp_path: Path) -> None:
    done = await trio.to_thread.run_sync(
        CommandLine(tmp_path), "restore", f"file://{tmp_path}", "--restore-path=@file:///elsewhere"
    )
    assert done.returncode == 100
    assert "local folders only" in done.stdout + done.stderr


@pytest.mark.parametrize("full_blocks", [False, True])
def test_each_block_is_hashed_before_it_is_written(tmp_path: Path, full_blocks: bool) -> None:
    """A whole file is hashed in the end, so that a wrong block is found either way; here by itself."""
    wrong = hasher("SHA256")(b"1234").digest()
    (tmp_path / "volume").write_bytes(archive_of({entry_name(wrong).decode(): b"5678"}))
    (tmp_path / "partial").write_bytes(bytes(4))
    partials = {1: os.fsencode(tmp_path / "partial")}
    job = WriteVolume(
        "duplicati-b1.dblock.zip",
        str(tmp_path / "volume"),
        Expected(),
        [],
        [Part(1, 0, wrong, 4)],
        [],
        partials,
    )
    setup = WriteSetup(VolumeFormat(1024), Keys(), False, False, True, "n", full_blocks=full_blocks)
    here, there = socket.socketpair()
    with here, there:
        here.sendall(frame(job))
        here.shutdown(socket.SHUT_WR)
        write(Wire(there), setup)
        told = decode_from_worker(here.recv(1 << 16)[HEAD:])
    assert isinstance(told, Written)
    assert [each[0] for each in told.failed] == [1] * full_blocks
    assert (tmp_path / "partial").read_bytes() == (bytes(4) if full_blocks else b"5678")
