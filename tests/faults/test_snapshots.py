"""Backups from snapshots, with programs that stand in for those of LVM: this tells nothing of LVM itself."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from support.engine import Place, make_tree, noise
from support.fake_lvm import FakeLvm, fake_lvm, mount_at, volume_of
from support.independent_reader import read_destination

from triplicati.errors import SnapshotFailed
from triplicati.messages.progress import Event

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="LVM is for Linux")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, {"a": "frozen", "b": noise(3000), "c/d": "three"})
    if mount_at(found.source).kind == "btrfs":
        pytest.fail("no snapshots are made of Btrfs: give --basetemp another file system")
    return found


@pytest.fixture
def lvm(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLvm]:
    """With the source on a volume of which a snapshot can be made."""
    made = fake_lvm(place.folder / "lvm")
    monkeypatch.setenv("PATH", made.path)
    made.volumes(volume_of(place.source))
    made.freeze(place.source)
    yield made
    assert list(place.temporary.glob("triplicati-snapshot-*")) == []


def names(place: Place) -> set[str]:
    found = read_destination(place.remote, None)
    assert found.problems == []
    return {entry.path.removeprefix(f"{place.source}/") for entry in found.versions[-1].entries}


EVERY = {"", "a", "b", "c/", "c/d"}


async def test_the_snapshot_is_read_and_removed(place: Place, lvm: FakeLvm) -> None:
    (place.source / "a").write_text("changed since")
    make_tree(place.source, {"new": "since"})
    result = await place.back_up(snapshots="Required")
    assert result.warnings == []
    assert names(place) == EVERY
    await place.restore(place.folder / "out")
    assert (place.folder / "out/a").read_text() == "frozen"
    name, folder = _created(lvm), _mounted(lvm)
    assert lvm.log == [
        f"lvcreate --yes --snapshot --name {name} --size {20 << 20}b vg/data",
        f"mount -t {mount_at(place.source).kind} -o ro,nosuid,nodev,noexec /dev/vg/{name} {folder}",
        f"umount {folder}",
        f"lvremove --yes --force vg/{name}",
    ]
    assert folder.startswith(f"{place.temporary}/triplicati-snapshot-")


def _created(lvm: FakeLvm) -> str:
    (found,) = re.findall(r"lvcreate .*--name (triplicati-\d+-\d+-0) ", "\n".join(lvm.log))
    assert found.split("-")[1] == str(os.getpid())
    return str(found)


def _mounted(lvm: FakeLvm) -> str:
    (found,) = re.findall(r"^mount .* (/\S+)$", "\n".join(lvm.log), re.MULTILINE)
    return str(found)


async def test_what_has_not_changed_costs_nothing_in_a_snapshot_either(place: Place, lvm: FakeLvm) -> None:
    """The copy of this test keeps times but those of changes, as a snapshot would."""
    await place.back_up(snapshots="On", check="time-only")
    result = await place.back_up(snapshots="On", check="time-only")
    assert (result.unchanged, result.opened_files, result.examined_files) == (True, 0, 3)


async def test_warnings_name_the_path_as_stored(place: Place, lvm: FakeLvm) -> None:
    frozen = next((lvm.folder / "frozen").rglob("source/a"))
    (frozen.parent / "gone").symlink_to("nowhere")
    result = await place.back_up(snapshots="On", symlinks="Follow")
    (problem,) = result.warnings
    assert (problem.id, problem.path) == ("FileAccessError", f"{place.source}/gone")


async def test_own_files_are_left_out_of_the_snapshot_too(place: Place, lvm: FakeLvm) -> None:
    excluded = frozenset({f"{place.source}/b", f"{place.source}/c"})
    await place.back_up(snapshots="Auto", excluded=excluded)
    assert names(place) == {"", "a"}


async def test_changed_files_are_read_from_the_snapshot(place: Place, lvm: FakeLvm) -> None:
    (place.source / "a").write_text("changed since")
    await place.back_up(snapshots="Required", changed=(f"{place.source}/a",))
    assert names(place) == {"a"}
    await place.restore(place.folder / "out")
    assert next((place.folder / "out").rglob("a")).read_text() == "frozen"


async def test_an_abort_takes_the_snapshot_back(place: Place, lvm: FakeLvm) -> None:
    with trio.CancelScope() as scope:
        place.notify = lambda event: scope.cancel() if event.kind == "upload" else None
        await place.back_up(snapshots="On")
    assert scope.cancelled_caught
    assert [line.split()[0] for line in lvm.log] == ["lvcreate", "mount", "umount", "lvremove"]


async def test_an_abort_while_it_is_made(place: Place, lvm: FakeLvm) -> None:
    """Whether the program had got so far is not known, so it is removed in any case."""
    program = lvm.folder / "bin/lvcreate"
    program.write_text(program.read_text().replace("\ntrue\n", "\nsleep 0.5\n"))
    with trio.move_on_after(0.3) as scope:
        await place.back_up(snapshots="On")
    assert scope.cancelled_caught
    assert [line.split()[0] for line in lvm.log] == ["lvcreate", "lvremove"]


# --- where there is no snapshot --------------------------------------------------------------------------


def _messages(place: Place) -> list[Event]:
    heard: list[Event] = []
    place.notify = heard.append
    return heard


REASONS = {
    "no volume": "lies on no logical volume of LVM",
    "no room": "the volume group vg has no free room",
    "lvs": "lvs failed: no luck",
    "lvcreate": "lvcreate failed: no luck",
    "mount": "mount failed: no luck",
    "nonsense": "lvs says something else than expected",
}


def _break(lvm: FakeLvm, place: Place, how: str) -> None:
    match how:
        case "no volume":
            lvm.volumes()
        case "no room":
            lvm.volumes(volume_of(place.source, vg_free="5"))
        case "nonsense":
            (lvm.folder / "lvs.json").write_text("WARNING: something")
        case _:
            lvm.fails(how)


@pytest.mark.parametrize("how", REASONS)
async def test_policies_where_none_can_be_made(how: str, place: Place, lvm: FakeLvm) -> None:
    _break(lvm, place, how)
    with pytest.raises(SnapshotFailed, match=REASONS[how]) as error:
        await place.back_up(snapshots="Required")
    assert error.value.exit_code == 100
    assert place.volumes("dblock") == []
    heard = _messages(place)
    assert (await place.back_up(snapshots="Auto")).warnings == []
    (told,) = [event for event in heard if event.id == "SnapshotFailed"]
    assert REASONS[how] in told.text
    assert (told.kind, told.level) == ("log", "Information")
    assert names(place) == EVERY
    make_tree(place.source, {"more": "1"})
    result = await place.back_up(snapshots="On")
    assert [problem.id for problem in result.warnings] == ["SnapshotFailed"]
    assert "more" in names(place)
    made, removed = ([line for line in lvm.log if line.startswith(word)] for word in ("lvcreate", "lvremove"))
    assert len(made) == len(removed)


async def test_no_program_is_run_unless_asked_for(place: Place, lvm: FakeLvm) -> None:
    await place.back_up()
    assert not (lvm.folder / "log").exists()
    make_tree(place.source, {"more": "1"})
    await place.back_up(snapshots="Required", dry_run=True)
    assert not (lvm.folder / "log").exists()


async def test_without_lvm(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triplicati.engine.snapshots.shutil.which", lambda *_, **__: None)
    with pytest.raises(SnapshotFailed, match="the program lvs was not found"):
        await place.back_up(snapshots="Required")


async def test_a_source_that_lies_elsewhere_is_read_as_it_is(place: Place, lvm: FakeLvm) -> None:
    other = Path("/dev/shm")
    if mount_at(other).device == mount_at(place.source).device:
        pytest.fail("this test needs a second file system at /dev/shm")
    folder = other / f"triplicati-test-{os.getpid()}"
    make_tree(folder, {"live": "1"})
    sources = (str(place.source), str(folder))
    try:
        with pytest.raises(SnapshotFailed, match=str(folder)):
            await place.back_up(snapshots="Required", sources=sources)
        result = await place.back_up(snapshots="On", sources=sources)
    finally:
        (folder / "live").unlink()
        folder.rmdir()
    assert [problem.id for problem in result.warnings] == ["SnapshotFailed"]
    assert {f"{folder}/", f"{folder}/live", "a"} <= names(place)
    assert "mount" in [line.split()[0] for line in lvm.log]


# --- what is left behind ---------------------------------------------------------------------------------


async def test_a_snapshot_of_a_killed_run_is_removed_by_the_next(place: Place, lvm: FakeLvm) -> None:
    started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    gone = {"lv_kernel_major": "77", "lv_kernel_minor": "77"}
    lvm.volumes(
        volume_of(place.source),
        volume_of(place.source, lv_name="triplicati-999999999-5-0", **gone),
        volume_of(place.source, lv_name=f"triplicati-{os.getpid()}-{int(started) - 1}-0", **gone),
        volume_of(place.source, lv_name=f"triplicati-{os.getpid()}-{started}-8", **gone),
        volume_of(place.source, lv_name="triplicati-photos", **gone),
    )
    await place.back_up(snapshots="Auto")
    removed = [line.rpartition("/")[2] for line in lvm.log if line.startswith("lvremove")]
    assert removed == [
        "triplicati-999999999-5-0",
        f"triplicati-{os.getpid()}-{int(started) - 1}-0",
        _created(lvm),
    ]


@pytest.mark.parametrize("program", ["umount", "lvremove"])
async def test_what_cannot_be_taken_back_is_warned_of(
    program: str, place: Place, lvm: FakeLvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triplicati.engine.snapshots._BUSY_PAUSE", 0.0)
    lvm.fails(program)
    result: Any = await place.back_up(snapshots="On")
    assert [problem.id for problem in result.warnings] == ["SnapshotLeftBehind"]
    tries = [line for line in lvm.log if line.startswith(program)]
    assert len(tries) == (6 if program == "umount" else 5)
    if program == "umount":
        assert "--lazy" in tries[-1]
        for folder in place.temporary.glob("triplicati-snapshot-*"):
            shutil.rmtree(folder)
    assert names(place) == EVERY
