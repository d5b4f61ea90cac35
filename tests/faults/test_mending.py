"""A backup goes on with a destination that lost or damaged something, and puts right what it can
(spec/format.md 12.2, 13)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trio
from support.engine import Place, aborted_after, canonical, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.listing import all_versions
from triplicati.engine.settings import Retention, UpkeepSettings
from triplicati.errors import DestinationError, DuplicateRemoteFiles, MissingRemoteFiles
from triplicati.index.database import open_database
from triplicati.index.quarantine import quarantined
from triplicati.storage.destination import Destination, RemoteFile, Write
from triplicati.storage.faults import Fault


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """Two versions in several volumes."""
    found = Place(tmp_path, encryption="aes")
    make_tree(found.source, {"text": "words and words " * 400, "noise": noise(70_000), "small/one": "1"})
    await found.back_up()
    (found.source / "later").write_bytes(noise(30_000, 8))
    await found.back_up()
    return found


async def assert_whole(place: Place) -> None:
    """What is there, is sound, and gives the newest version and the same database again."""
    found = read_destination(place.remote, place.passphrase)
    assert (found.damage, found.problems) == ([], [])
    fresh = place.folder / "fresh" / "index.sqlite"
    await place.recreate(fresh)
    assert (await canonical(fresh))["versions"] == (await canonical(place.database))["versions"]
    result = await place.restore(place.folder / "restored", lost=True)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)


def largest(place: Place) -> Path:
    return max(place.volumes("dblock"), key=lambda path: path.stat().st_size)


def warned(result: object) -> list[str]:
    return [each.id for each in result.warnings]  # type: ignore[attr-defined]  # any result has them


@pytest.mark.parametrize("kind", ["dlist", "dindex"])
async def test_a_missing_list_or_index_is_made_anew(place: Place, kind: str) -> None:
    names = {path.name for path in place.volumes(kind)}
    for path in place.volumes(kind):
        path.unlink()
    result = await place.back_up()
    assert (result.unchanged, warned(result), result.errors) == (True, [], [])
    assert len(place.volumes(kind)) == len(names)
    await assert_whole(place)
    assert (await place.back_up()).files_uploaded == 0


@pytest.mark.parametrize("kind", ["dlist", "dindex"])
async def test_a_cut_off_list_or_index_is_made_anew(place: Place, kind: str) -> None:
    path = place.volumes(kind)[0]
    path.write_bytes(path.read_bytes()[:200])
    result = await place.back_up()
    assert (result.unchanged, warned(result)) == (True, [])
    await assert_whole(place)


async def test_missing_data_is_stored_again_where_the_source_has_it(place: Place) -> None:
    place.volumes("dblock")[0].unlink()
    result = await place.back_up()
    assert warned(result) == ["LostVolumes"]
    assert result.opened_files > 0
    await assert_whole(place)
    again = await place.back_up()
    assert (warned(again), again.opened_files) == ([], 0)


async def test_most_of_the_data_missing_is_no_accident(place: Place) -> None:
    listed = sorted(os.listdir(place.remote))
    aside = place.folder / "aside"
    aside.mkdir()
    for path in place.volumes("dblock")[1:]:
        path.rename(aside / path.name)
    with pytest.raises(MissingRemoteFiles, match="repair"):
        await place.back_up()
    for path in aside.iterdir():
        path.rename(place.remote / path.name)
    assert sorted(os.listdir(place.remote)) == listed
    assert (await place.back_up()).unchanged


async def test_a_listing_that_is_late_is_asked_for_again(place: Place) -> None:
    gone = place.volumes("dblock")[0].name
    late = [gone]

    class Late:
        def __init__(self, inner: Destination) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        async def list(self) -> list[RemoteFile]:
            hidden = late.pop() if late else ""
            return [each for each in await self._inner.list() if each.name != hidden]

    place.wrap = Late  # type: ignore[assignment]  # what is not here the inner one has
    result = await place.back_up()
    assert (late, result.unchanged, warned(result), result.opened_files) == ([], True, [], 0)


async def test_a_version_that_lost_what_the_source_no_longer_has_is_marked(tmp_path: Path) -> None:
    """Backups go on, and say so until somebody decides."""
    place = Place(tmp_path)
    make_tree(place.source, {"noise": noise(30_000)})
    await place.back_up()
    lost = place.volumes("dblock")
    make_tree(place.source, {"more": noise(90_000, 2)})
    await place.back_up()
    (place.source / "noise").unlink()
    await place.back_up()
    for path in lost:
        path.unlink()
    assert warned(await place.back_up()) == ["LostVolumes", "DamagedVersions"]
    assert warned(await place.back_up()) == ["DamagedVersions"]
    async with open_database(place.database) as database:
        versions = await all_versions(database)
    assert [each.damaged > 0 for each in versions] == [False, True, True]
    restored = await place.restore(place.folder / "restored")
    assert restored.errors == []
    assert tree(place.folder / "restored") == tree(place.source)


async def test_a_cut_off_volume_keeps_nothing_and_its_data_is_stored_again(place: Place) -> None:
    path = largest(place)
    path.write_bytes(path.read_bytes()[:9000])
    result = await place.back_up()
    assert warned(result) == ["DamagedVolumes"]
    restored = await place.restore(place.folder / "restored")
    assert restored.errors == []
    assert tree(place.folder / "restored") == tree(place.source)
    again = await place.back_up()
    assert (again.unchanged, warned(again), again.opened_files) == (True, [], 0)
    async with open_database(place.database) as database:
        assert [each.name for each in (await database.read(quarantined)).values()] == [path.name]


async def test_a_test_that_finds_damage_makes_the_next_backup_mend_it(tmp_path: Path) -> None:
    """One block of many is lost; the others keep counting."""
    place = Place(tmp_path)
    make_tree(place.source, {f"f{number}": noise(900, number) for number in range(40)})
    await place.back_up(volume_size=1 << 20)
    path = place.volumes("dblock")[0]
    content = bytearray(path.read_bytes())
    at = content.index(noise(900, 7))
    content[at : at + 8] = b"spoiled!"
    path.write_bytes(bytes(content))
    assert len((await place.verify()).errors) == 1
    result = await place.back_up(volume_size=1 << 20)
    assert warned(result) == ["DamagedVolumes"]
    async with open_database(place.database) as database:
        assert [each.lost for each in (await database.read(quarantined)).values()] == [1]
    stored = [len(each.read_bytes()) for each in place.volumes("dblock") if each != path]
    assert len(stored) == 1
    assert stored[0] < 3000
    restored = await place.restore(tmp_path / "restored", lost=True)
    assert restored.errors == []
    assert tree(tmp_path / "restored") == tree(place.source)
    assert warned(await place.back_up(volume_size=1 << 20)) == []


async def test_compacting_gets_rid_of_a_damaged_volume(place: Place) -> None:
    path = largest(place)
    path.write_bytes(path.read_bytes()[:9000])
    await place.back_up()
    await place.compact()
    assert not path.exists()
    await assert_whole(place)


async def test_files_that_nobody_knows_hold_up_no_backup_and_keep_everything(place: Place) -> None:
    stray = place.remote / f"duplicati-b{'0' * 32}.dblock.zip.aes"
    stray.write_bytes(b"stray")
    (place.source / "more").write_bytes(noise(9000, 5))
    result = await place.back_up(
        retention=Retention(keep_versions=1), compact=UpkeepSettings(rules=CompactRules(volume_size=20 << 10))
    )
    assert set(warned(result)) == {"ExtraRemoteFiles"}
    assert result.errors == []
    assert stray.exists()
    assert (len(place.volumes("dlist")), result.deleted_versions, result.compact_results) == (3, [], None)
    stray.unlink()
    assert warned(await place.back_up()) == []


async def test_one_name_twice_is_refused(place: Place) -> None:
    class Twice:
        def __init__(self, inner: Destination) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        async def list(self) -> list[RemoteFile]:
            found = await self._inner.list()
            return [*found, found[0]]

    place.wrap = Twice  # type: ignore[assignment]  # as above
    with pytest.raises(DuplicateRemoteFiles):
        await place.back_up()


@pytest.mark.parametrize(("operation", "first"), [("put", 1), ("put", 3), ("delete", 1)])
async def test_mending_that_fails_goes_on_the_next_time(place: Place, operation: str, first: int) -> None:
    hurt(place)
    place.faults = [Fault(operation, "error-before", first=first, times=99)]  # type: ignore[arg-type]  # they are such
    with pytest.raises(DestinationError, match="scripted failure"):
        await place.back_up()
    place.faults = None
    await place.back_up()
    await assert_newest(place)


@pytest.mark.parametrize(("operation", "count"), [("put", 3), ("delete", 2)])
async def test_an_aborted_mending_goes_on_the_next_time(place: Place, operation: str, count: int) -> None:
    hurt(place)
    with aborted_after(count, operation, place), trio.CancelScope():
        await place.back_up()
    await place.back_up()
    await assert_newest(place)


async def test_a_list_does_not_count_for_another_version(place: Place) -> None:
    """The first list that was made anew got the number in the database that the second one had had, so that
    an abort between them left the newest version without a list for ever."""
    for path in place.volumes("dlist"):
        path.unlink()
    with aborted_after(1, "put", place):
        await place.back_up()
    await place.back_up()
    assert len(place.volumes("dlist")) == 2
    await assert_newest(place)


def hurt(place: Place) -> None:
    """Something of everything."""
    place.volumes("dlist")[0].unlink()
    for path in (place.volumes("dindex")[0], place.volumes("dblock")[1], place.volumes("dlist")[0]):
        path.write_bytes(path.read_bytes()[:300])
    place.volumes("dblock")[0].unlink()


async def assert_newest(place: Place) -> None:
    result = await place.restore(place.folder / "restored", lost=True)
    assert result.errors == []
    assert tree(place.folder / "restored") == tree(place.source)
    assert (await place.back_up()).unchanged


async def test_a_cut_off_volume_is_noticed_after_a_lost_database(tmp_path: Path) -> None:
    """The new database took the size from the listing and the blocks from the index: what was cut off counted
    as stored for ever."""
    place = Place(tmp_path)
    make_tree(place.source, {"noise": noise(70_000), "small/one": "1"})
    await place.back_up()
    path = largest(place)
    path.write_bytes(path.read_bytes()[:-5_000])
    place.lose_database()
    result = await place.back_up()
    assert warned(result) == ["MissingRemoteHash", "DamagedVolumes"]
    restored = await place.restore(place.folder / "restored", lost=True)
    assert (restored.errors, restored.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)


async def test_damage_on_the_way_is_no_damage(place: Place) -> None:
    """A test saw a bad copy; what is fetched twice differs, so nothing is given up."""
    path = largest(place)
    content = path.read_bytes()
    path.write_bytes(content[:-40] + bytes(40))
    await place.verify()
    path.write_bytes(content)
    calls = [0]

    class Unsteady:
        staging = None

        def __init__(self, inner: Destination) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def local(self, name: str) -> None:
            return None

        async def get(self, name: str, write: Write) -> None:
            calls[0] += 1
            held = bytearray()
            await self._inner.get(name, held.extend)
            held[-calls[0] - 8] ^= 1
            write(bytes(held))

    place.wrap = Unsteady  # type: ignore[assignment]  # as above
    assert warned(await place.back_up()) == ["UnsteadyVolume"]
    place.wrap = None
    async with open_database(place.database) as database:
        assert await database.read(quarantined) == {}


async def test_many_missing_indexes_leave_the_database_as_it_was(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {f"f{number}": noise(20_000, number) for number in range(20)})
    await place.back_up()
    assert len(place.volumes("dindex")) > 16
    for path in place.volumes("dindex"):
        path.unlink()
    await place.back_up()
    assert len(place.volumes("dindex")) == len(place.volumes("dblock"))
    query = "SELECT count(*) FROM sqlite_master WHERE name LIKE '%_places'"
    async with open_database(place.database) as database:
        assert await database.read(lambda c: c.execute(query).get) == 0
    await assert_whole(place)
