"""A block that lies in two volumes is not lost while one of them is whole (spec/format.md 12.2, 12.6)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import pytest
from support.engine import Place, contents, make_tree, noise
from support.purging import broken, deleted

from triplicati.index.database import open_database
from triplicati.index.volumes import VolumeRow, all_volumes


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """All blocks in two volumes each, as an interrupted run may leave them. The database is made of that."""
    found, twin = Place(tmp_path / "one"), Place(tmp_path / "two")
    make_tree(found.source, {"noise": noise(8_000), "gone": noise(8_000, 3)})
    shutil.copytree(found.source, twin.source)
    for each in (found, twin):
        await each.back_up()
    for path in (*twin.volumes("dblock"), *twin.volumes("dindex")):
        shutil.copy(path, found.remote / path.name)
    found.lose_database()
    await found.recreate()
    return found


async def first_copy(place: Place) -> Path:
    """The volume that most blocks count for."""
    query = "SELECT volume FROM block GROUP BY volume ORDER BY count(*) DESC LIMIT 1"
    async with open_database(place.database) as database:
        volume = cast("int", await database.read(lambda c: c.execute(query).get))
        rows: list[VolumeRow] = await database.read(all_volumes)
    return next(place.remote / row.name for row in rows if row.id == volume)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3_000])


async def assert_whole(place: Place, wanted: dict[bytes, object], version: int) -> None:
    """Nothing is broken, and a lost database does not change that."""
    assert await broken(place) == []
    result = await place.restore(place.folder / "restored", lost=True, versions=(version,))
    assert result.errors == []
    assert contents(place.folder / "restored") == wanted


async def test_compacting_keeps_them_while_the_first_ones_may_be_damaged(place: Place) -> None:
    """The listing told that a volume is cut off; its twin seemed to be waste and was deleted."""
    wanted = contents(place.source)
    cut(await first_copy(place))
    for path in place.source.iterdir():
        path.unlink()
    result = await place.compact()
    assert [each.id for each in result.warnings] == ["MissingRemoteHash"]
    await place.repair()
    await assert_whole(place, dict(wanted), 0)


async def test_compacting_looks_at_the_first_ones_first(place: Place) -> None:
    """Damage that nobody knew of came to light when the twin was deleted already."""
    (place.source / "gone").unlink()
    await place.back_up()
    await deleted(place, 1)
    wanted = contents(place.source)
    damaged = await first_copy(place)
    content = bytearray(damaged.read_bytes())
    content[500:3_000] = bytes(2_500)
    content[9_500:11_000] = bytes(1_500)
    damaged.write_bytes(content)
    (place.source / "noise").unlink()
    result = await place.compact(threshold=1, small_count=1)
    assert [each.id for each in result.warnings] == ["VolumeNotCompacted"]
    await place.verify()
    await place.back_up()
    await assert_whole(place, dict(wanted), 1)


async def test_the_index_of_a_damaged_volume_is_made_anew_though_nothing_is_lost(place: Place) -> None:
    """It went on telling of blocks that only the twin has: after a lost database they counted for the damaged
    volume again."""
    wanted = contents(place.source)
    damaged = await first_copy(place)
    content = bytearray(damaged.read_bytes())
    content[200:3_000] = bytes(2_800)
    damaged.write_bytes(content)
    await place.verify()
    repaired = await place.repair()
    assert repaired is not None
    assert (repaired.spoiled, repaired.indexes) == (0, 1)
    await assert_whole(place, dict(wanted), 0)
