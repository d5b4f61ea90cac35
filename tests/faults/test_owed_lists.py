"""A lost list of blocks is stored again from what is known of it (spec/format.md 12.2)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import cast

import pytest
from support.engine import Place, contents, forget, make_tree, noise
from support.purging import broken, purged_broken

from triplicati.engine.deleting import delete_versions
from triplicati.engine.listing import all_versions
from triplicati.formats.hashes import entry_name
from triplicati.index.database import open_database


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """A large file that is in the older version only. Of the list of its blocks alone the content is not what
    it was."""
    found = Place(tmp_path)
    make_tree(found.source, {"large": noise(31_000), "kept": noise(20_000, 2)})
    await found.back_up()
    found.first = contents(found.source)
    (found.source / "large").unlink()
    await found.back_up()
    name, digest = await holder(found)
    path = found.remote / name
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(entry_name(digest).decode()).header_offset + 100
    content = bytearray(path.read_bytes())
    content[start : start + 100] = bytes(100)
    path.write_bytes(content)
    await found.verify()
    return found


async def holder(place: Place) -> tuple[str, bytes]:
    """The volume with the list of the large file, and its digest."""
    query = (
        "SELECT v.name, b.hash FROM entry e JOIN block b ON b.hash = e.blocklists"
        " JOIN volume v ON v.id = b.volume WHERE e.path LIKE '%large'"
    )
    async with open_database(place.database) as database:
        row = await database.read(lambda c: c.execute(query).fetchone())
    return cast("tuple[str, bytes]", row)


async def mend(place: Place, by: str) -> None:
    if by == "backup":
        await place.back_up()
    elif by == "repair":
        await place.repair()
    else:
        await purged_broken(place)


async def assert_whole(place: Place) -> None:
    assert await broken(place) == []
    target = place.folder / "restored"
    result = await place.restore(target, lost=True, versions=(1,))
    assert (result.errors, contents(target)) == ([], place.first)
    forget(place.folder / "other" / "index.sqlite")


@pytest.mark.parametrize("by", ["backup", "repair", "purge"])
async def test_stored_again(place: Place, by: str) -> None:
    """It was forgotten, with its copy in the index: the file was lost, though every block of it was there."""
    await mend(place, by)
    await assert_whole(place)


@pytest.mark.parametrize("by", ["backup", "repair", "purge"])
async def test_stored_again_where_its_volume_is_missing(place: Place, by: str) -> None:
    await place.repair()
    name, _ = await holder(place)
    (place.remote / name).unlink()
    await mend(place, by)
    await assert_whole(place)


async def test_one_that_no_version_needs_is_not(place: Place) -> None:
    await place.repair()
    name, _ = await holder(place)
    (place.remote / name).unlink()
    async with open_database(place.database) as database:
        older = (await all_versions(database))[1].fileset
        await delete_versions(place.connect(), database, [older])
    volumes = len(place.volumes("dblock"))
    await place.back_up()
    assert len(place.volumes("dblock")) == volumes


async def test_one_that_is_known_wrongly_is_not(place: Place) -> None:
    """Nothing was left to be stored, and a volume of nothing was sent."""
    await place.repair()
    name, digest = await holder(place)
    (place.remote / name).unlink()
    wrong = "UPDATE blocklist SET data = zeroblob(length(data)) WHERE hash = ?"
    async with open_database(place.database) as database:
        await database.write(lambda c: c.execute(wrong, (digest,)))
    volumes = {path.name for path in place.volumes("dblock")}
    await place.repair()
    assert {path.name for path in place.volumes("dblock")} == volumes
