"""A real file system that is full, at each place a backup or a restore writes to.

Whatever is full, the error says so, nothing that was stored is harmed, no version lacks a file, and with room
again the next run goes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.engine import Content, Place, make_tree, noise, tree
from support.independent_reader import read_destination
from support.small_disk import SmallDisk, in_own_namespace, small_disk

from triplicati.errors import DestinationFull, DiskFull
from triplicati.messages.progress import Event
from triplicati.messages.results import BackupResult

OLD: dict[str, Content] = {f"old/file {n}": noise(900 + n, n) for n in range(20)}
FEW: dict[str, Content] = {f"new/file {n:02}": noise(7_000 + n, 1000 + n) for n in range(40)}
MANY: dict[str, Content] = {f"many/{n % 7}/{n:03}": noise(700 + n, 2000 + n) for n in range(300)}
# More blocks than a worker holds: it finds the full disk in the middle of this file.
LARGE: dict[str, Content] = {"large": noise(2_500_000, 999)}
VOLUME = 200 << 10


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, OLD)
    return found


Mount = Callable[[Path], SmallDisk]


@pytest.fixture
def mounted() -> Iterator[Mount]:
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(small_disk(folder))


def volumes_made(heard: list[Event]) -> int:
    return len([each for each in heard if each.kind == "upload" and "dblock" in each.text])


def elsewhere(test: str) -> bool:
    """Whether the test was run in a namespace where this user is root: SQLite follows every link itself, and
    none leads into the one that `small_disk` makes."""
    if os.geteuid() == 0:
        return False
    in_own_namespace(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{__file__}::{test}")
    return True


async def grown(place: Place, more: dict[str, Content]) -> None:
    """One version, and a source that has much more since."""
    await place.back_up()
    make_tree(place.source, more)


async def backed_up(place: Place, **changes: Any) -> BackupResult:  # Any: as `Place.settings`
    return await place.back_up(volume_size=VOLUME, max_threads=2, **changes)


async def assert_goes_on(place: Place, **changes: Any) -> None:
    """What the failed run left is sound; the next one completes it."""
    damage = read_destination(place.remote, place.passphrase).damage
    assert [each for each in damage if "described in no dindex" not in each] == []
    result = await backed_up(place, **changes)
    assert (result.errors, result.warnings, result.files_with_error) == ([], [], 0)
    assert read_destination(place.remote, place.passphrase).damage == []
    assert (await backed_up(place, **changes)).unchanged
    restored = await place.restore(place.folder / "restored", lost=True)
    assert (restored.errors, restored.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)


@pytest.mark.parametrize("room", [0, 300_000])
async def test_the_destination_is_full(place: Place, mounted: Mount, room: int) -> None:
    disk = mounted(place.remote)
    await grown(place, {**MANY, **LARGE})
    disk.fill(room)
    with pytest.raises(DestinationFull, match="duplicati-"):
        await backed_up(place)
    disk.clear()
    assert [each.name for each in place.remote.iterdir() if "part" in each.name] == []
    await assert_goes_on(place)


async def test_the_destination_is_full_where_volumes_are_made(place: Place, mounted: Mount) -> None:
    disk = mounted(place.remote)
    await grown(place, {**MANY, **LARGE})
    disk.fill(300_000)
    with pytest.raises(DiskFull, match="triplicati-staging"):
        await backed_up(place, upload_folder=None)
    disk.clear()
    assert [each.name for each in place.remote.iterdir() if "staging" in each.name] == []
    await assert_goes_on(place, upload_folder=None)


@pytest.mark.parametrize(("more", "room"), [(FEW, 0), (MANY, 8_192), (LARGE, 0), (LARGE, 60_000)])
async def test_the_folder_for_volumes_is_full(
    place: Place, mounted: Mount, more: dict[str, Content], room: int
) -> None:
    """It must never look as if the files of the source could not be read: their version would lack them."""
    place.encryption = "aes"
    heard: list[Event] = []
    place.notify = heard.append
    disk = mounted(place.folder / "temporary")
    await grown(place, more)
    heard.clear()
    disk.fill(room)
    with pytest.raises(DiskFull):
        await backed_up(place)
    disk.clear()
    # Of the little room there was, not of any file.
    assert [each.id for each in heard if each.kind in ("warning", "error")] == ["TempSpaceLow"]
    assert volumes_made(heard) == 0, "it stopped before a volume was done"
    assert len(place.volumes("dlist")) == 1
    assert os.listdir(place.temporary) == []
    await assert_goes_on(place)


@pytest.mark.parametrize("room", [0, 20_000, 150_000])
async def test_the_folder_of_the_database_is_full(place: Place, mounted: Mount, room: int) -> None:
    if elsewhere(f"test_the_folder_of_the_database_is_full[{room}]"):
        return
    disk = mounted(place.database.parent)
    await grown(place, {**MANY, **LARGE})
    disk.fill(room)
    with pytest.raises(DiskFull, match=str(place.database)):
        await backed_up(place)
    disk.clear()
    await assert_goes_on(place)


@pytest.mark.parametrize("room", [0, 20_000, 100_000])
async def test_the_folder_of_the_database_that_is_recreated_is_full(
    place: Place, mounted: Mount, room: int
) -> None:
    if elsewhere(f"test_the_folder_of_the_database_that_is_recreated_is_full[{room}]"):
        return
    make_tree(place.source, {**MANY, **LARGE})
    await backed_up(place)
    whole = place.database.stat().st_size
    assert whole > room, "else it would not be full"
    place.lose_database()
    disk = mounted(place.database.parent)
    disk.fill(room)
    before = {each.name: each.read_bytes() for each in place.remote.iterdir()}
    with pytest.raises(DiskFull, match=str(place.database)):
        await place.recreate()
    disk.clear()
    place.lose_database()  # as the command line builds it aside and removes what it could not finish
    assert {each.name: each.read_bytes() for each in place.remote.iterdir()} == before
    await place.recreate()
    await assert_goes_on(place)


@pytest.mark.parametrize("room", [0, 20_000])
async def test_the_folder_for_temporary_files_is_full_when_a_database_is_recreated(
    place: Place, mounted: Mount, room: int
) -> None:
    disk = mounted(place.folder / "temporary")
    place.faults = []
    make_tree(place.source, {**MANY, **LARGE})
    await backed_up(place)
    place.lose_database()
    disk.fill(room)
    heard: list[Event] = []
    place.notify = heard.append
    with pytest.raises(DiskFull, match=str(disk.path)):
        await place.recreate()
    assert [each for each in heard if each.kind == "download"], "at a volume that was fetched"
    disk.clear()
    assert os.listdir(place.temporary) == []
    place.lose_database()
    await place.recreate()
    await assert_goes_on(place)


@pytest.mark.parametrize(
    ("more", "room", "written"),
    [
        (MANY, 60_000, True),  # among the small files
        (LARGE, 0, False),  # at the first one of all
        (LARGE, 1_000_000, False),  # in the middle of the large file
    ],
)
async def test_the_folder_restored_to_is_full(
    place: Place, mounted: Mount, more: dict[str, Content], room: int, written: bool
) -> None:
    """With the check of the room switched off, as for a disk that tells more than it has."""
    disk = mounted(place.folder / "elsewhere")
    target = disk.path / "target"
    make_tree(place.source, more if more is MANY else {**more, **FEW})
    await backed_up(place)
    disk.fill(room)
    heard: list[Event] = []
    place.notify = heard.append
    with pytest.raises(DiskFull, match=r"needs .* there and .* are free"):
        await place.restore(target, max_threads=2)
    assert not target.exists()
    assert [each for each in heard if each.kind == "download"] == []
    with pytest.raises(DiskFull, match=f"{target}.*No space left"):
        await place.restore(target, max_threads=2, ignore_free_space=True)
    assert [each for each in heard if each.kind == "download"], "where files are written"
    full = {path: each for path, each in tree(target).items() if each.kind == "file"}
    assert bool(full) or not written, "what was done is kept, and nothing by halves"
    assert {path: each.content for path, each in full.items()}.items() <= {
        path: each.content for path, each in tree(place.source).items()
    }.items()
    disk.clear()
    assert [path for path in target.rglob("*") if ".triplicati" in path.name] == []
    result = await place.restore(target, max_threads=2)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(target) == tree(place.source)


@pytest.mark.parametrize(("room", "stopped"), [(0, "plan"), (20_000, "plan"), (150_000, "volume")])
async def test_the_folder_for_temporary_files_is_full(
    place: Place, mounted: Mount, room: int, stopped: str
) -> None:
    """On the way from a destination that is not a folder of this machine."""
    if elsewhere(f"test_the_folder_for_temporary_files_is_full[{room}-{stopped}]"):
        return
    disk = mounted(place.folder / "temporary")
    place.faults = []
    make_tree(place.source, {**MANY, **LARGE})
    await backed_up(place)
    disk.fill(room)
    heard: list[Event] = []
    place.notify = heard.append
    for lost in (False, True):
        heard.clear()
        with pytest.raises(DiskFull):
            await place.restore(place.folder / "target", lost=lost, ignore_free_space=True)
        phases = [each.text for each in heard if each.kind == "phase"]
        fetching = "Fetching and writing files ..." in phases
        assert fetching == (stopped == "volume"), phases
        assert [path for path in (place.folder / "target").rglob("*") if path.is_file()] == []
    if stopped == "volume":
        heard.clear()
        with pytest.raises(DiskFull, match=f"{disk.path}.*needs .* there and"):
            await place.restore(place.folder / "target")
        assert [each for each in heard if each.kind == "download"] == []
    disk.clear()
    assert os.listdir(place.temporary) == []
    result = await place.restore(place.folder / "target")
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "target") == tree(place.source)
