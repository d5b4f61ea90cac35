"""A database that was lost comes back as it was, whatever happened before and on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import trio
from support.engine import Place, aborted_after, canonical, forget, make_tree, noise
from support.golden import CASES, GoldenCase

from triplicati.config.local_database import DatabasePlace, present_database, rebuild
from triplicati.engine.opening import Keys
from triplicati.engine.outcome import settled
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.settings import Retention
from triplicati.index.database import open_database
from triplicati.index.filesets import filesets
from triplicati.messages.progress import Report
from triplicati.storage.destination import Destination, Write
from triplicati.storage.faults import Fault, FaultyDestination
from triplicati.storage.kinds.file import LocalFolder

MANY = {f"small/{number}": f"content of {number}" for number in range(30)}


async def grown(place: Place, **settings: Any) -> None:  # Any: fields of the settings
    """Three versions; what the second one added is gone again in the third."""
    make_tree(place.source, {**MANY, "large": noise(60_000, 1), "empty": "", "folder": None})
    await place.back_up(**settings)
    make_tree(place.source, {"small/3": "changed", "passing": noise(30_000, 2)})
    await place.back_up(**settings)
    (place.source / "passing").unlink()
    make_tree(place.source, {"late": noise(20_000, 3), "small/5": "changed too"})
    await place.back_up(**settings)


async def compacted(place: Place) -> None:
    await grown(place)
    await place.back_up(retention=Retention(keep_versions=1))
    assert (await place.compact(threshold=1)).deleted_file_count > 0


async def thinned(place: Place) -> None:
    await grown(place)
    await place.back_up(retention=Retention(keep_versions=2))


async def interrupted(place: Place) -> None:
    """Two dblocks arrived with their indexes, and no list that would need them."""
    await grown(place)
    make_tree(place.source, {"more": noise(90_000, 4)})
    with aborted_after(4, "put", place):
        await place.back_up()
    await place.back_up()


@pytest.mark.parametrize(
    ("history", "encryption"), [(grown, ""), (compacted, "aes"), (thinned, ""), (interrupted, "")]
)
async def test_the_same_as_the_lost_one(tmp_path: Path, history: Any, encryption: str) -> None:
    place = Place(tmp_path, encryption=encryption)
    await history(place)
    lost = await canonical(place.database)
    again = tmp_path / "again.sqlite"
    await place.recreate(again)
    assert await canonical(again) == lost


async def test_the_same_as_the_lost_one_with_gpg(tmp_path: Path) -> None:
    place = Place(tmp_path, encryption="gpg")
    make_tree(place.source, {**MANY, "large": noise(30_000)})
    await place.back_up()
    again = tmp_path / "again.sqlite"
    await place.recreate(again)
    assert await canonical(again) == await canonical(place.database)


@pytest.mark.parametrize("kind", ["dlist", "dindex"])
async def test_which_volume_comes_first_does_not_matter(tmp_path: Path, kind: str) -> None:
    """The first two of a kind are late, so that others overtake them."""
    place = Place(tmp_path, faults=[Fault("get", "latency", times=2, match=kind, seconds=0.05)])
    await grown(place)
    again = tmp_path / "again.sqlite"
    await place.recreate(again)
    assert await canonical(again) == await canonical(place.database)
    async with open_database(again) as database:
        ids = [each.id for each in await database.read(filesets)]
    assert ids == [3, 2, 1]  # newest first: what follows relies on it


def _golden(case: GoldenCase, faults: list[Fault]) -> Remote:
    destination = FaultyDestination(LocalFolder(case.remote), faults)
    return Remote(destination, case.prefix, Keys(passphrase=case.passphrase), Report())


# With encryption, without copies of lists, with other hashes, and with all there may be beside.
@pytest.mark.parametrize("name", ["b-aes", "d-lookup", "g-hashes", "m-extras"])
async def test_a_backup_of_duplicati_gives_the_same_each_time(name: str, tmp_path: Path) -> None:
    found = []
    for number, late in enumerate([[], [Fault("get", "latency", times=2, match="dindex", seconds=0.02)]]):
        remote = _golden(CASES[name], late)
        path = tmp_path / f"{number}.sqlite"
        async with open_database(path) as database:
            await recreate(remote, database)
        assert (remote.report.errors, remote.report.warnings) == ([], [])
        found.append(await canonical(path))
    assert found[0] == found[1]


# --- what is fetched ----------------------------------------------------------------------------------------


def fetched(place: Place, kind: str) -> list[str]:
    assert place.used is not None
    return [name for operation, name in place.used.calls if operation == "get" and kind in name]


async def test_lists_and_indexes_are_fetched_once_and_nothing_else(tmp_path: Path) -> None:
    place = Place(tmp_path, faults=[])
    await grown(place)
    await place.recreate(tmp_path / "again.sqlite")
    for kind in ("dlist", "dindex"):
        assert sorted(fetched(place, kind)) == [path.name for path in place.volumes(kind)]
    assert fetched(place, "dblock") == []


async def test_one_volume_is_fetched_for_the_index_that_is_missing(tmp_path: Path) -> None:
    """Volumes that nobody tells of, as an interrupted backup may leave them, are larger and stay unread."""
    place = Place(tmp_path, faults=[])
    await grown(place)
    place.volumes("dindex")[0].unlink()
    async with open_database(place.database) as database:
        (needed,) = await database.read(
            lambda c: c.execute(
                "SELECT b.name FROM index_link JOIN volume b ON b.id = dblock JOIN volume i ON i.id = dindex"
                " WHERE i.name NOT IN (SELECT value FROM json_each(?))",
                (str([path.name for path in place.volumes("dindex")]).replace("'", '"'),),
            ).fetchall()
        )
    largest = max(place.volumes("dblock"), key=lambda path: path.stat().st_size)
    for number in range(6):
        other = place.remote / f"duplicati-b{number:032x}.dblock.zip"
        other.write_bytes(largest.read_bytes() + bytes(10_000))
    again = tmp_path / "again.sqlite"
    await place.recreate(again)
    assert fetched(place, "dblock") == [needed[0]]
    assert (await canonical(again))["blocks"] == (await canonical(place.database))["blocks"]


async def test_only_volumes_with_lists_are_fetched_where_indexes_have_no_copies(tmp_path: Path) -> None:
    place = Place(tmp_path, faults=[])
    await grown(place, index_policy="Lookup")
    async with open_database(place.database) as database:
        holding = await database.read(
            lambda c: c.execute(
                "SELECT DISTINCT v.name FROM blocklist JOIN block USING (hash) JOIN volume v ON v.id = volume"
            ).fetchall()
        )
    again = tmp_path / "again.sqlite"
    await place.recreate(again)
    assert sorted(fetched(place, "dblock")) == sorted(str(name) for (name,) in holding)
    assert await canonical(again) == await canonical(place.database)


async def test_without_any_index_all_that_is_needed_is_read(tmp_path: Path) -> None:
    place = Place(tmp_path, encryption="aes")
    await grown(place)
    for path in place.volumes("dindex"):
        path.unlink()
    again = tmp_path / "again.sqlite"
    await place.recreate(again)
    ours, lost = await canonical(again), await canonical(place.database)
    assert [ours[part] for part in ("versions", "blocks")] == [lost[part] for part in ("versions", "blocks")]


async def test_how_much_is_left_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
    await grown(place)
    for path in place.volumes("dindex"):
        path.unlink()
    told: dict[str, tuple[str, int, int]] = {}
    remote = place.connect()
    remote.destination = cast("Destination", _Watched(remote.destination, remote.report, told))
    async with open_database(tmp_path / "again.sqlite") as database:
        await recreate(remote, database)
    (first, *_), volumes = sorted(path.name for path in place.volumes("dlist")), place.volumes("dblock")
    size = sum(path.stat().st_size for path in place.volumes("dlist"))
    assert told[first][0].startswith("Recreating the local database: reading lists of versions: 0 of 3 (")
    assert told[first][1:] == (3, size)
    smallest = min(volumes, key=lambda path: (path.stat().st_size, path.name))
    text, files, size = told[smallest.name]
    title = "Recreating the local database: reading volumes without index"
    assert text.startswith(f"{title}: 0 of {len(volumes)} (")
    assert text.endswith(" left at most)")
    assert (files, size) == (len(volumes), sum(path.stat().st_size for path in volumes))


class _Watched:
    """Notes what the progress says when a volume is fetched."""

    def __init__(self, inner: Destination, report: Report, told: dict[str, tuple[str, int, int]]) -> None:
        self._inner = inner
        self._progress = report.progress
        self._told = told

    def __getattr__(self, name: str) -> Any:  # Any: whatever the wrapped destination offers
        return getattr(self._inner, name)

    def local(self, name: str) -> Path | None:
        return None

    async def get(self, name: str, write: Write) -> None:
        progress = self._progress
        self._told.setdefault(name, (progress.phase, progress.files_total, progress.bytes_total))
        await self._inner.get(name, write)


# --- on the way ---------------------------------------------------------------------------------------------


async def test_versions_are_there_before_the_indexes_are_read(tmp_path: Path) -> None:
    place = Place(tmp_path, faults=[Fault("get", "silence", match="dindex", times=99)])
    await grown(place)
    known = await canonical(place.database)
    place.lose_database()
    remote, where = place.connect(), DatabasePlace(place.database, durable=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(settled, lambda: rebuild(where, remote, lambda _: None))
        with trio.fail_after(10):
            while not [call for call in place.used.calls if "dindex" in call[1]] if place.used else True:
                await trio.sleep(0.01)
        async with present_database(where) as database:
            assert database is not None
            found = await database.read(filesets)
            paths = await database.read(lambda c: c.execute("SELECT count(*) FROM entry").get)
        nursery.cancel_scope.cancel()
    versions = cast("list[Any]", known["versions"])
    assert [(each.stamp, each.files) for each in found] == [(each[0], each[2]) for each in versions]
    assert isinstance(paths, int)
    assert paths >= len(versions[0][4])
    async with present_database(where) as database:
        assert database is None  # what was begun is gone, and nobody takes it for whole


@pytest.mark.parametrize("count", [2, 6])
async def test_aborted_and_done_again(tmp_path: Path, count: int) -> None:
    place = Place(tmp_path, faults=[])
    await grown(place)
    lost = await canonical(place.database)
    place.lose_database()
    where = DatabasePlace(place.database, durable=True)
    with aborted_after(count, "get", place) as scope:
        await settled(lambda: rebuild(where, place.connect(), lambda _: None))
    assert scope.cancelled_caught
    assert not place.database.exists()
    await rebuild(where, place.connect(), lambda _: None)
    assert await canonical(place.database) == lost


async def test_a_silent_destination_is_left_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path, faults=[Fault("get", "silence", match="dindex", times=99)])
    await grown(place)
    with trio.fail_after(2.5), trio.move_on_after(0.5) as scope:
        await place.recreate(tmp_path / "again.sqlite")
    assert scope.cancelled_caught
    forget(tmp_path / "again.sqlite")


async def test_bad_volumes_cost_what_is_in_them_and_no_more(tmp_path: Path) -> None:
    place = Place(tmp_path)
    await grown(place)
    oldest, index = place.volumes("dlist")[0], place.volumes("dindex")[0]
    for path in (oldest, index):
        path.write_bytes(bytes(path.stat().st_size))
    remote = place.connect()
    again = tmp_path / "again.sqlite"
    async with open_database(again) as database:
        await recreate(remote, database)
    assert [each.path for each in remote.report.errors] == [oldest.name]
    assert [each.path for each in remote.report.warnings] == [index.name]
    ours, lost = await canonical(again), await canonical(place.database)
    assert ours["versions"] == cast("list[Any]", lost["versions"])[:2]
