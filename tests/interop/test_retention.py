"""Versions that a backup deletes when it is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import Place, canonical, make_tree, tree
from support.independent_reader import read_destination

from triplicati.engine.settings import Retention
from triplicati.errors import DestinationError
from triplicati.storage.faults import Fault


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """With three versions."""
    found = Place(tmp_path)
    for number in range(3):
        make_tree(
            found.source, {"always": "the same", f"new in {number}": str(number), "changes": "x" * number}
        )
        await found.back_up()
    return found


async def test_the_oldest_go_and_the_others_are_whole(place: Place) -> None:
    make_tree(place.source, {"changes": "last"})
    before = [path.name for path in place.volumes("dlist")]

    result = await place.back_up(retention=Retention(keep_versions=2))

    assert len(result.deleted_versions) == 2
    assert [path.name for path in place.volumes("dlist")][:-1] == before[2:]
    destination = read_destination(place.remote, None)
    assert destination.damage == []
    assert len(destination.versions) == 2
    await place.restore(place.folder / "newest")
    assert tree(place.folder / "newest") == tree(place.source)
    await place.restore(place.folder / "older", versions=(1,))
    assert (place.folder / "older/changes").read_text() == "xx"


async def test_an_unchanged_source_still_thins_out_and_never_to_nothing(place: Place) -> None:
    result = await place.back_up(retention=Retention(keep_versions=1))
    assert result.unchanged
    assert len(place.volumes("dlist")) == 1
    result = await place.back_up(retention=Retention(keep_since=9e12))
    assert result.deleted_versions == []
    assert len(place.volumes("dlist")) == 1
    await place.restore(place.folder / "newest", lost=True)
    assert tree(place.folder / "newest") == tree(place.source)


async def test_a_deletion_that_failed_is_done_by_the_next_run(place: Place) -> None:
    place.faults = [Fault("delete", "error-before", times=99)]
    with pytest.raises(DestinationError):
        await place.back_up(retention=Retention(keep_versions=1))
    assert len(place.volumes("dlist")) == 3
    place.faults = None
    await place.back_up()
    assert len(place.volumes("dlist")) == 1
    assert read_destination(place.remote, None).damage == []


async def test_the_database_knows_no_more_than_a_recreated_one(place: Place) -> None:
    make_tree(place.source, {"changes": "last"})
    (place.source / "new in 0").unlink()
    await place.back_up(retention=Retention(keep_versions=2))
    (place.source / "new in 1").unlink()
    await place.back_up(retention=Retention(keep_versions=2))
    before = await canonical(place.database)
    place.lose_database()
    await place.recreate()
    assert await canonical(place.database) == before
