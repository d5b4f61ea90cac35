"""Full disks under upkeep, and a source that can only be read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import crash_operations
from support.engine import Place, make_tree, noise, tree
from support.independent_reader import read_destination
from support.purging import purged
from support.small_disk import SmallDisk, in_own_namespace, small_disk

from triplicati.errors import DestinationFull, DiskFull


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    await crash_operations.prepare(found)
    return found


def as_root_elsewhere(request: pytest.FixtureRequest) -> bool:
    """Whether the test was run in a namespace where this user is root."""
    if os.geteuid() == 0:
        return False
    name = f"{__file__}::{request.node.name}"
    in_own_namespace(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", name)
    return True


async def _repair(place: Place) -> None:
    for path in place.volumes("dindex"):
        path.unlink(missing_ok=True)
    await place.repair()


async def _purge(place: Place) -> None:
    await purged(place, ["*/often"], (1, 2))


async def _compact(place: Place) -> None:
    await crash_operations.delete_two(place)
    await place.compact(threshold=1)


OPERATIONS = {"repair": _repair, "purge": _purge, "compact": _compact}


async def assert_goes_on(place: Place, work: Callable[[Place], Awaitable[None]]) -> None:
    await work(place)
    assert (await place.back_up()).errors == []
    assert read_destination(place.remote, None).damage == []
    restored = await place.restore(place.folder / "restored", lost=True)
    assert restored.errors == []
    assert tree(place.folder / "restored") == tree(place.source)


@pytest.fixture
def moved() -> Iterator[Callable[[Path], SmallDisk]]:
    """Puts a folder with all that is in it on a small disk."""
    with ExitStack() as stack:

        def move(folder: Path) -> SmallDisk:
            kept = folder.with_name(f"{folder.name}-kept")
            folder.rename(kept)
            disk = stack.enter_context(small_disk(folder))
            for path in kept.iterdir():
                (folder / path.name).write_bytes(path.read_bytes())
            return disk

        yield move


@pytest.mark.parametrize("operation", ["repair", "purge"])
async def test_the_destination_is_full(
    operation: str, place: Place, moved: Callable[[Path], SmallDisk]
) -> None:
    disk = moved(place.remote)
    if operation == "repair":
        for path in place.volumes("dindex"):
            path.unlink()
    before = {path.name: path.read_bytes() for path in place.volumes("dlist")}
    disk.fill(0)
    with pytest.raises((DestinationFull, DiskFull)):
        await (place.repair() if operation == "repair" else _purge(place))
    assert {path.name: path.read_bytes() for path in place.volumes("dlist")} == before
    disk.clear()
    await assert_goes_on(place, OPERATIONS[operation])


async def test_compacting_makes_room_for_itself(place: Place, moved: Callable[[Path], SmallDisk]) -> None:
    """What nobody needs goes first."""
    disk = moved(place.remote)
    await crash_operations.delete_two(place)
    disk.fill(0)
    result = await place.compact(threshold=1)
    assert result.deleted_file_count > 0
    disk.clear()
    await assert_goes_on(place, OPERATIONS["compact"])


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_the_folder_of_the_database_is_full(
    operation: str,
    place: Place,
    moved: Callable[[Path], SmallDisk],
    request: pytest.FixtureRequest,
) -> None:
    if as_root_elsewhere(request):
        return
    disk = moved(place.database.parent)
    disk.fill(0)
    with pytest.raises(DiskFull):
        await OPERATIONS[operation](place)
    disk.clear()
    await assert_goes_on(place, OPERATIONS[operation])


async def test_a_source_that_can_only_be_read(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if as_root_elsewhere(request):
        return
    place = Place(tmp_path)
    with small_disk(place.source):
        make_tree(place.source, {"a": noise(30_000), "b/c": "words"})
        subprocess.run(["mount", "-o", "remount,ro", place.source], check=True)
        result = await place.back_up()
        assert (result.errors, result.warnings, result.files_with_error) == ([], [], 0)
        await place.restore(tmp_path / "restored", lost=True)
        assert tree(tmp_path / "restored") == tree(place.source)
        assert (await place.back_up()).unchanged
