"""Repair in both directions: what is lost at the destination is made anew from the database where it knows it
(spec/format.md 12.2)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import Place, aborted_after, canonical, contents, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.errors import DestinationError, EmptiedRemoteLocation
from triplicati.storage.faults import Fault, Operation


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    found = Place(tmp_path, encryption="aes")
    make_tree(found.source, {"text": "words and words " * 400, "noise": noise(70_000), "small/one": "1"})
    await found.back_up()
    (found.source / "later").write_bytes(noise(30_000, 8))
    await found.back_up()
    return found


async def assert_sound(place: Place) -> None:
    found = read_destination(place.remote, place.passphrase)
    assert (found.damage, found.problems) == ([], [])
    fresh = place.folder / "fresh" / "index.sqlite"
    await place.recreate(fresh)
    assert await canonical(fresh) == await canonical(place.database)
    result = await place.restore(place.folder / "restored", lost=True)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)


async def test_nothing_to_do(place: Place) -> None:
    before = sorted(path.name for path in place.remote.iterdir())
    done = await place.repair()
    assert done is not None
    assert not done.anything
    assert sorted(path.name for path in place.remote.iterdir()) == before


@pytest.mark.parametrize("kind", ["dlist", "dindex"])
async def test_what_the_database_knows_is_made_anew(place: Place, kind: str) -> None:
    count = len(place.volumes(kind))
    for path in place.volumes(kind):
        path.unlink()
    done = await place.repair()
    assert done is not None
    assert (done.lists, done.indexes, done.lost) == ((count, 0, 0) if kind == "dlist" else (0, count, 0))
    assert len(place.volumes(kind)) == count
    await assert_sound(place)
    assert (await place.back_up()).unchanged


async def test_lists_and_indexes_at_once(place: Place) -> None:
    for kind in ("dlist", "dindex"):
        place.volumes(kind)[0].unlink()
    done = await place.repair()
    assert done is not None
    assert (done.lists, done.indexes) == (1, 1)
    await assert_sound(place)


async def test_lost_data_is_forgotten_and_stored_again(place: Place) -> None:
    place.volumes("dblock")[0].unlink()
    done = await place.repair()
    assert done is not None
    assert done.lost == 1
    assert len(place.volumes("dindex")) == len(place.volumes("dblock"))
    result = await place.back_up()
    assert result.opened_files > 0
    await assert_sound(place)
    older = await place.restore(place.folder / "older", versions=(1,))
    assert older.errors == []
    assert b"later" not in contents(place.folder / "older")


async def test_a_file_that_is_gone_with_its_data_is_told(place: Place) -> None:
    for path in place.volumes("dblock"):
        path.unlink()
    told: list[str] = []
    place.notify = lambda event: told.append(event.text)
    await place.repair()
    assert any("blocks are missing at the destination" in text for text in told)


async def test_what_only_the_destination_knows_needs_another_database(place: Place) -> None:
    kept = place.folder / "kept.sqlite"
    kept.write_bytes(place.database.read_bytes())
    (place.source / "more").write_bytes(noise(9_000, 9))
    await place.back_up()
    place.lose_database()
    kept.rename(place.database)
    before = sorted(path.name for path in place.remote.iterdir())
    assert await place.repair() is None
    assert sorted(path.name for path in place.remote.iterdir()) == before


async def test_an_empty_destination_is_not_filled(place: Place) -> None:
    for path in place.remote.iterdir():
        path.unlink()
    with pytest.raises(EmptiedRemoteLocation):
        await place.repair()
    assert list(place.remote.iterdir()) == []


@pytest.mark.parametrize(("operation", "first"), [("put", 1), ("put", 2), ("delete", 1)])
async def test_a_repair_that_fails_can_be_repeated(place: Place, operation: Operation, first: int) -> None:
    for kind in ("dlist", "dindex") if operation == "put" else ("dblock",):
        place.volumes(kind)[0].unlink()
    place.faults = [Fault(operation, "error-before", first=first, times=99)]
    with pytest.raises(DestinationError, match="scripted failure"):
        await place.repair()
    place.faults = None
    await place.repair()
    await place.back_up()
    await assert_sound(place)


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_an_abort_in_the_middle(place: Place, count: int) -> None:
    for kind in ("dlist", "dindex"):
        for path in place.volumes(kind):
            path.unlink()
    with aborted_after(count, "put", place):
        await place.repair()
    place.wrap = None
    await place.repair()
    await assert_sound(place)
