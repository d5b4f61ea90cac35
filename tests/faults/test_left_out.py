"""What options leave out of a backup, or look at instead of all, seen in the versions that come of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import trio
from support.engine import Place, make_tree, noise
from support.independent_reader import read_destination

from triplicati.engine.deleting import delete_versions
from triplicati.engine.stopping import Stop, StopRequest
from triplicati.formats.attributes import ATTRIBUTE_BITS
from triplicati.index.database import open_database
from triplicati.index.filesets import filesets
from triplicati.index.settings import MARKS_ASKED, read_settings
from triplicati.messages.progress import Event, Report
from triplicati.source import exclusion_marks
from triplicati.source.filters import FilterRule
from triplicati.source.metadata.native import xattr_names

MARK = "user.duplicati.exclude"
EVERY = {"", "a", "b", "c/", "c/d", "c/e.log"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, {"a": "one", "b": noise(3000), "c/d": "three", "c/e.log": "four"})
    return found


def names(place: Place) -> set[str]:
    """In the newest version, below the source; nothing may be wrong at the destination."""
    found = read_destination(place.remote, None)
    assert found.problems == []
    return {entry.path.removeprefix(f"{place.source}/") for entry in found.versions[-1].entries}


# --- folders and files by what they are ------------------------------------------------------------------


async def test_ignore_files_are_looked_for_unless_told_otherwise(place: Place) -> None:
    make_tree(place.source, {"c/CACHEDIR.TAG": "", "CACHEDIR.TAG": ""})
    await place.back_up()
    assert names(place) == {"", "a", "b", "CACHEDIR.TAG"}
    await place.back_up(ignore_names=frozenset())
    assert names(place) == EVERY | {"CACHEDIR.TAG", "c/CACHEDIR.TAG"}
    result = await place.back_up(ignore_names=frozenset({"e.log"}))
    assert names(place) == {"", "a", "b", "CACHEDIR.TAG"}
    assert (result.deleted_files, result.deleted_folders) == (3, 1)


async def test_attributes(place: Place) -> None:
    make_tree(place.source, {".hidden/x": "1", ".file": "2"})
    await place.back_up(attributes=ATTRIBUTE_BITS["Hidden"])
    assert names(place) == EVERY
    await place.back_up()
    assert names(place) == EVERY | {".hidden/", ".hidden/x", ".file"}


async def test_empty_folders(place: Place) -> None:
    make_tree(place.source, {"empty/deep": None})
    await place.back_up(empty_folders=False)
    assert names(place) == EVERY
    await place.back_up()
    assert names(place) == EVERY | {"empty/", "empty/deep/"}
    result = await place.back_up(empty_folders=False, rules=(FilterRule(False, "*/c/*"),))
    assert names(place) == {"", "a", "b"}
    assert (result.deleted_files, result.deleted_folders) == (2, 3)


async def test_a_backup_in_which_nothing_is_left_warns(tmp_path: Path) -> None:
    """The end of the vector of empty folders (spec/cli.md 4.9)."""
    place = Place(tmp_path)
    make_tree(place.source, {"filteredempty/myfile.txt": "1"})
    result = await place.back_up(empty_folders=False, rules=(FilterRule(False, "*/myfile.txt"),))
    assert names(place) == {""}
    assert [problem.id for problem in result.warnings] == ["NoFilesInBackup"]


async def test_hard_links(place: Place) -> None:
    os.link(place.source / "a", place.source / "c/same")
    await place.back_up(hardlinks="First")
    assert names(place) == EVERY
    await place.back_up(hardlinks="None")
    assert names(place) == EVERY - {"a"}
    await place.back_up()
    assert names(place) == EVERY | {"c/same"}


async def test_case_on_a_system_that_ignores_it(place: Place) -> None:
    make_tree(place.source, {"A": "the same elsewhere"})
    twin = place.folder / "SOURCE"
    make_tree(twin, {"C/x": "elsewhere"})
    sources = (str(place.source), str(twin), f"{twin}/C")
    result = await place.back_up(case_sensitive=False, sources=sources)
    assert [(problem.id, problem.path) for problem in result.warnings] == [
        ("DuplicatePath", f"{place.source}/a")
    ]
    assert names(place) == (EVERY | {"A"}) - {"a"}


# --- exclusion marks -------------------------------------------------------------------------------------


def mark(path: Path) -> None:
    try:
        os.setxattr(path, MARK, b"1")
    except OSError as error:
        pytest.fail(f"these tests need a file system with extended attributes: {error}")


def files_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    real, asked = xattr_names, list[str]()

    def watched(path: str) -> list[str]:
        if os.path.isfile(path):
            asked.append(os.path.basename(path))
        return real(path)

    monkeypatch.setattr(exclusion_marks, "xattr_names", watched)
    return asked


async def test_marks_from_the_start(place: Place) -> None:
    for name in ("b", "c"):
        mark(place.source / name)
    mark(place.source)
    result = await place.back_up()
    assert names(place) == {"", "a"}
    assert result.examined_files == 1
    result = await place.back_up()
    assert (result.unchanged, result.examined_files) == (True, 1)


async def test_a_mark_that_comes_and_goes(place: Place) -> None:
    await place.back_up()
    assert names(place) == EVERY
    mark(place.source / "b")
    result = await place.back_up()
    assert names(place) == EVERY - {"b"}
    assert (result.deleted_files, result.modified_files, result.examined_files) == (1, 0, 3)
    os.removexattr(place.source / "b", MARK)
    result = await place.back_up()
    assert names(place) == EVERY
    assert (result.added_files, result.deleted_files) == (1, 0)
    mark(place.source / "c")
    await place.back_up()
    assert names(place) == {"", "a", "b"}
    os.removexattr(place.source / "c", MARK)
    await place.back_up()
    assert names(place) == EVERY


@pytest.mark.parametrize("check", ["usual", "always", "time-only"])
async def test_a_mark_that_comes_however_files_are_compared(check: Any, place: Place) -> None:
    await place.back_up(check=check)
    mark(place.source / "b")
    result = await place.back_up(check=check)
    assert names(place) == EVERY - {"b"}
    assert (result.added_files, result.deleted_files) == (0, 1)


async def test_files_that_have_not_changed_are_not_asked_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.back_up()
    asked = files_asked(monkeypatch)
    await place.back_up()
    assert asked == []
    (place.source / "a").write_text("changed")
    make_tree(place.source, {"new": "1"})
    await place.back_up()
    assert sorted(asked) == ["a", "new"]


async def test_the_option_switched_off_and_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was stored while nobody asked has not changed since: all must be asked once."""
    mark(place.source / "b")
    await place.back_up(exclusion_marks=False)
    assert names(place) == EVERY
    result = await place.back_up()
    assert names(place) == EVERY - {"b"}
    assert result.deleted_files == 1
    await place.back_up(exclusion_marks=False)
    assert names(place) == EVERY
    assert (await place.back_up(exclusion_marks=False)).unchanged
    await place.back_up()
    assert names(place) == EVERY - {"b"}
    asked = files_asked(monkeypatch)
    assert (await place.back_up()).unchanged
    assert asked == ["b"]


async def test_a_version_from_before_the_question_that_is_the_newest_again(place: Place) -> None:
    mark(place.source / "b")
    await place.back_up(exclusion_marks=False)
    await place.back_up()
    for path in place.volumes("dlist")[1:]:
        path.unlink()
    place.lose_database()
    await place.back_up()
    assert names(place) == EVERY - {"b"}


async def test_the_question_is_put_again_when_newer_versions_were_deleted(place: Place) -> None:
    mark(place.source / "b")
    await place.back_up(exclusion_marks=False)
    await place.back_up()
    assert names(place) == EVERY - {"b"}
    async with open_database(place.database) as database:
        newest = (await database.read(filesets))[0]
        await delete_versions(place.connect(), database, [newest])
    assert names(place) == EVERY
    await place.back_up()
    assert names(place) == EVERY - {"b"}


async def test_since_when_all_were_asked(place: Place) -> None:
    async def asked_since() -> tuple[int, int]:
        async with open_database(place.database) as database:
            recorded = await database.read(read_settings)
            return int(recorded[MARKS_ASKED]), (await database.read(filesets))[0].id

    await place.back_up(exclusion_marks=False)
    make_tree(place.source, {"new": "1"})
    await place.back_up()
    since, newest = await asked_since()
    assert since == newest
    make_tree(place.source, {"newer": "1"})
    await place.back_up()
    assert await asked_since() == (since, newest + 1)


async def test_a_partial_run_leaves_the_question_open(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(place.source / "b")
    await place.back_up(exclusion_marks=False)
    make_tree(place.source, {"a0": "new"})
    stop = StopRequest()
    stop.after_file()
    assert (await place.back_up(stop)).partial_backup
    await place.back_up()
    assert "b" not in names(place)


@pytest.mark.parametrize("known", [False, True])
async def test_a_mark_that_comes_while_the_file_waits_to_be_read(
    known: bool, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in that version, since it was asked before; but it must not stay in all the later ones."""
    real = os.open

    def marking(path: Any, *arguments: Any, **named: Any) -> int:
        if path == os.fsencode(place.source / "b"):
            mark(place.source / "b")
        return real(path, *arguments, **named)

    if known:
        await place.back_up()
        os.utime(place.source / "b")
    monkeypatch.setattr(os, "open", marking)
    await place.back_up()
    monkeypatch.undo()
    assert names(place) == EVERY
    await place.back_up()
    assert names(place) == EVERY - {"b"}


async def test_marks_and_empty_folders(place: Place) -> None:
    """A folder whose only file asks to be left out is empty."""
    make_tree(place.source, {"only/marked": "1"})
    mark(place.source / "only/marked")
    await place.back_up(empty_folders=False)
    assert names(place) == EVERY
    os.removexattr(place.source / "only/marked", MARK)
    await place.back_up(empty_folders=False)
    assert names(place) == EVERY | {"only/", "only/marked"}
    mark(place.source / "only/marked")
    await place.back_up(empty_folders=False)
    assert names(place) == EVERY


async def test_marks_after_the_database_was_lost(place: Place) -> None:
    await place.back_up()
    mark(place.source / "b")
    place.lose_database()
    await place.back_up()
    assert names(place) == EVERY - {"b"}


# --- a dry run, and the log, say the same ----------------------------------------------------------------


async def test_a_dry_run_decides_as_a_run(place: Place) -> None:
    await place.back_up()
    make_tree(place.source, {"new": "1", "cache/CACHEDIR.TAG": "", "only/x": ""})
    for name in ("b", "new", "only"):
        mark(place.source / name)
    messages: list[str] = []
    place.notify = lambda event: messages.append(event.text)
    preview = await place.back_up(dry_run=True)
    assert f"[Dryrun]: Would note as deleted {place.source}/b" in messages
    assert not any("new" in text or "cache" in text or "only" in text for text in messages)
    done = await place.back_up()
    for field in ("examined_files", "added_files", "deleted_files", "added_folders", "deleted_folders"):
        assert getattr(preview, field) == getattr(done, field), field


async def test_whoever_wants_verbose_lines_hears_of_every_path(place: Place) -> None:
    mark(place.source / "b")
    await place.back_up()
    heard: list[Event] = []
    remote = place.connect()
    remote.report = Report(heard.append, verbose=True)
    place.connect = lambda: remote  # type: ignore[method-assign]
    await place.back_up(rules=(FilterRule(False, "*.log"),))
    told = {event.id: event.text for event in heard if event.level == "Verbose"}
    assert told["ExcludingPathFromFilter"] == (
        f"Excluding path due to filter: {place.source}/c/e.log => -*.log"
    )
    assert told["ExcludingPathFromXattr"] == f"Excluding path due to extended attribute: {place.source}/b"


# --- some paths instead of all ---------------------------------------------------------------------------


def paths(place: Place, *names: str) -> tuple[str, ...]:
    return tuple(f"{place.source}/{name}" for name in names)


async def restored(place: Place, name: str) -> str:
    target = place.folder / "restored"
    await place.restore(target, patterns=(f"{place.source}/{name}",), overwrite=True)
    return next(path for path in target.rglob("*") if path.is_file()).read_text()


async def test_only_changed_files_are_looked_at(place: Place) -> None:
    await place.back_up()
    for name in ("a", "c/d"):
        (place.source / name).write_text("changed")
    (place.source / "c/e.log").unlink()
    make_tree(place.source, {"c/new": "new", "c/other": "not named"})
    result = await place.back_up(changed=paths(place, "c/d", "c/new"))
    assert (result.examined_files, result.added_files, result.modified_files) == (2, 1, 1)
    assert result.deleted_files == 0
    assert names(place) == EVERY | {"c/new"}
    assert await restored(place, "c/d") == "changed"
    assert await restored(place, "a") == "one"
    await place.back_up()
    assert names(place) == (EVERY | {"c/new", "c/other"}) - {"c/e.log"}


async def test_deleted_files_and_folders(place: Place) -> None:
    make_tree(place.source, {"c/deep/x": "1", "c2": "2", "c-": "3"})
    await place.back_up()
    result = await place.back_up(changed=paths(place, "a"), deleted=paths(place, "b", "c"))
    assert names(place) == (EVERY | {"c/deep/", "c/deep/x", "c2", "c-"}) - {"b"}
    assert result.deleted_files == 1
    result = await place.back_up(changed=paths(place, "c/d"), deleted=paths(place, "c/"))
    assert names(place) == {"", "a", "c-", "c/d", "c2"}
    assert (result.deleted_files, result.deleted_folders) == (2, 2)


async def test_nothing_changed_in_what_is_named(place: Place) -> None:
    await place.back_up()
    assert (await place.back_up(changed=paths(place, "a", "b"))).unchanged
    assert len(place.volumes("dlist")) == 1


async def test_a_named_file_that_is_gone_stays_as_it_was(place: Place) -> None:
    await place.back_up()
    (place.source / "a").unlink()
    result = await place.back_up(changed=paths(place, "a"))
    assert [problem.id for problem in result.warnings] == ["FileAccessError"]
    assert result.unchanged
    await place.back_up(changed=paths(place, "b"), deleted=paths(place, "a"))
    assert names(place) == EVERY - {"a"}


async def test_filters_hold_for_named_files(place: Place) -> None:
    make_tree(place.source, {"c/x": "1", "c/deep/y": "2", "z": "3"})
    rules = (FilterRule(False, "*/deep/"), FilterRule(False, "*/z"))
    await place.back_up(rules=rules, changed=paths(place, "c/x", "c/deep/y", "z"))
    assert names(place) == {"c/x"}


async def test_paths_outside_of_the_sources_are_warned_of(place: Place) -> None:
    (place.folder / "outside").write_text("x")
    await place.back_up()
    outside = str(place.folder / "outside")
    result = await place.back_up(changed=(outside, *paths(place, "a")), deleted=(outside,))
    assert [(each.id, each.path) for each in result.warnings] == [("PathOutsideSources", outside)] * 2
    assert result.examined_files == 1


async def test_deleted_files_alone_count_for_nothing(place: Place) -> None:
    messages: list[str] = []
    place.notify = lambda event: messages.append(event.text)
    await place.back_up()
    assert (await place.back_up(deleted=paths(place, "a"))).unchanged
    assert "The option --deleted-files counts only together with --changed-files." in messages


async def test_a_named_path_that_became_something_else(place: Place) -> None:
    """Both the file and the folder of that name in one version could not be restored."""
    await place.back_up()
    (place.source / "a").unlink()
    make_tree(place.source, {"a/inside": "1"})
    await place.back_up(changed=paths(place, "a", "a/inside"))
    assert names(place) == (EVERY | {"a/", "a/inside"}) - {"a"}
    (place.source / "a/inside").unlink()
    (place.source / "a").rmdir()
    (place.source / "a").symlink_to("c")
    await place.back_up(changed=paths(place, "a"))
    assert names(place) == (EVERY | {"a/"}) - {"a"}
    (place.source / "a").unlink()
    (place.source / "a").write_text("file again")
    await place.back_up(changed=paths(place, "a"))
    assert names(place) == EVERY


class AfterOne(StopRequest):
    """The walk gets past the first path, not past the second."""

    def __init__(self) -> None:
        self._asked = 0

    @property
    def wanted(self) -> Stop:  # type: ignore[override]
        self._asked += 1
        return "after-file" if self._asked > 1 else ""


async def test_a_stop_keeps_what_was_not_looked_at(place: Place) -> None:
    await place.back_up()
    (place.source / "b").write_text("changed")
    result = await place.back_up(AfterOne(), changed=paths(place, "a", "b"))
    assert result.partial_backup
    assert len(place.volumes("dlist")) == 2
    assert names(place) == EVERY
    await place.back_up()
    assert await restored(place, "b") == "changed"


async def test_changed_files_in_a_dry_run(place: Place) -> None:
    await place.back_up()
    (place.source / "a").write_text("changed")
    (place.source / "b").write_text("changed")
    result = await place.back_up(dry_run=True, changed=paths(place, "a"), deleted=paths(place, "c/"))
    assert (result.modified_files, result.deleted_files, result.deleted_folders) == (1, 2, 1)


async def test_an_aborted_run_of_some_files_loses_none(place: Place) -> None:
    await place.back_up()
    (place.source / "b").write_bytes(noise(90_000, 3))
    with trio.CancelScope() as scope:
        place.notify = lambda event: scope.cancel() if event.kind == "upload" else None
        await place.back_up(changed=paths(place, "b"))
    place.notify = lambda _: None
    await place.back_up()
    assert names(place) == EVERY
