"""The restore drill: what is damaged is named with its version, and nothing else is blamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from support.engine import Content, Place, aborted_after, make_tree, noise
from support.stock import Stock, stocked

from triplicati.engine import drill as drilling
from triplicati.engine.drill import drill
from triplicati.engine.drill_compare import compare
from triplicati.engine.outcome import settled
from triplicati.engine.settings import DrillSettings
from triplicati.engine.stopping import StopRequest
from triplicati.errors import DiskFull, NoVersions
from triplicati.index.database import open_database
from triplicati.index.drills import Drill, drilled_files, read_drills
from triplicati.index.filesets import filesets
from triplicati.messages.progress import Event, Report
from triplicati.messages.results import DrilledVersion
from triplicati.storage.faults import Fault

FILES: dict[str, Content] = {f"file {n:02}": noise(900 + n, n) for n in range(12)}
FILES |= {"large [1]*?": noise(50_000, 99), "empty": "", "folder/ümläut\x01": "text"}
ALL = {name for name, content in FILES.items() if content}


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """Two versions in several volumes."""

    async def make(place: Place) -> None:
        make_tree(place.source, FILES)
        await place.back_up()
        make_tree(place.source, {"file 07": noise(3000, 7)})
        await place.back_up()

    return stocked(tmp_path_factory.mktemp("drill"), make, encryption="aes")


@pytest.fixture
def place(stock: Stock) -> Iterator[Place]:
    with stock.copied() as found:
        yield found


async def drilled(
    place: Place, stop: StopRequest | None = None, **wanted: Any
) -> tuple[list[DrilledVersion], Report]:
    """Of the newest version and all its files, unless `wanted` (fields of the settings) says otherwise."""
    remote = place.connect()
    settings = DrillSettings(**{"versions": (0,), "files": 100, "seed": 1, "max_threads": 1, **wanted})

    async def operation() -> list[DrilledVersion]:
        async with open_database(place.database) as database:
            return await drill(remote, database, settings, stop or StopRequest())

    return await settled(operation), remote.report


async def recorded(place: Place) -> dict[int, Drill]:
    """By the numbers of the versions."""
    async with open_database(place.database) as database:
        known = await database.read(filesets)
        found = await database.read(read_drills)
        return {number: found[each.id] for number, each in enumerate(known) if each.id in found}


async def names_drilled(place: Place) -> list[str]:
    async with open_database(place.database) as database:
        return [Path(path).name for path, _ in await database.read(drilled_files)]


def path_of(place: Place, name: str) -> str:
    return str(place.source / name)


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for at in range(500, len(content), 500):
        content[at] ^= 1
    path.write_bytes(content)


async def test_all_comes_back(place: Place) -> None:
    (found,), report = await drilled(place)
    size = sum(path.stat().st_size for path in place.source.rglob("*") if path.is_file())
    assert (found.version, found.files, found.bytes) == (0, len(ALL), size)
    assert (found.damaged, found.unreached, found.source_differs) == ([], [], [])
    assert found.compared_with_source == len(ALL)
    assert found.volumes == len(place.volumes("dblock"))
    assert (report.errors, report.warnings) == ([], [])
    (record,) = (await recorded(place)).values()
    assert (record.outcome, record.files, record.bytes, record.damaged) == ("good", len(ALL), size, 0)
    assert os.listdir(place.temporary) == []


async def test_what_was_not_drilled_comes_first(place: Place) -> None:
    for turn in range(4):
        (found,), _ = await drilled(place, versions=(), files=3, seed=turn)
        assert found.files == 3
        assert len(await names_drilled(place)) == 3 * (turn + 1)
        assert set(await recorded(place)) == ({0, 1} if turn else {found.version})


async def test_the_same_seed_makes_the_same_choice(place: Place, tmp_path: Path) -> None:
    kept = tmp_path / "index.sqlite"
    shutil.copy(place.database, kept)
    await drilled(place, files=4, seed=5)
    first = await names_drilled(place)
    shutil.copy(kept, place.database)
    await drilled(place, files=4, seed=5)
    assert await names_drilled(place) == first


async def test_several_versions_in_one_go(place: Place) -> None:
    found, _ = await drilled(place, versions=(), drills=9, files=2)
    assert sorted(each.version for each in found) == [0, 1]
    assert set(await recorded(place)) == {0, 1}


async def test_no_more_than_may_be_fetched(place: Place) -> None:
    (found,), _ = await drilled(place, size=5000)
    assert 0 < found.bytes <= 5000


async def test_nothing_small_enough(place: Place) -> None:
    found, report = await drilled(place, size=1)
    assert found == []
    (warning,) = report.warnings
    assert (warning.id, "--drill-size" in warning.text) == ("NothingToDrill", True)
    assert await recorded(place) == {}


async def test_damage_names_the_file_and_its_version(place: Place) -> None:
    for victim in place.volumes("dblock"):
        spoil(victim)
    (found,), report = await drilled(place, versions=(1,))
    assert (found.files, len(found.damaged)) == (0, len(ALL))
    assert {each.path for each in found.damaged} == {path_of(place, name) for name in ALL}
    assert {each.id for each in report.errors} == {"DrillFileDamaged"}
    assert all("version 1 (" in each.text and each.path in each.text for each in report.errors)
    (record,) = (await recorded(place)).values()
    assert (record.outcome, record.files, record.damaged) == ("damaged", 0, len(ALL))
    assert os.listdir(place.temporary) == []


async def test_a_missing_volume_is_damage(place: Place) -> None:
    for victim in place.volumes("dblock"):
        victim.unlink()
    (found,), _ = await drilled(place)
    assert len(found.damaged) == len(ALL)
    assert (await recorded(place))[0].outcome == "damaged"


async def test_a_destination_that_fails_proves_nothing(place: Place) -> None:
    place.faults = [Fault("get", "error-during", first=len(place.volumes("dblock")), times=99)]
    (found,), report = await drilled(place)
    assert found.files
    assert found.unreached
    assert not found.damaged
    assert {each.id for each in report.errors} == {"DrillFileUnreached"}
    record = (await recorded(place))[0]
    assert (record.outcome, record.files) == ("good", found.files)
    assert len(await names_drilled(place)) == found.files


async def test_a_destination_that_is_away_leaves_no_record(place: Place) -> None:
    place.faults = [Fault("get", "error-before", times=99)]
    (found,), _ = await drilled(place)
    assert (found.files, found.damaged, len(found.unreached)) == (0, [], len(ALL))
    assert await recorded(place) == {}


async def test_a_source_that_changed_without_a_trace(place: Place) -> None:
    victim, later = place.source / "file 03", place.source / "file 04"
    status = victim.stat()
    victim.write_bytes(b"x" * status.st_size)
    os.utime(victim, ns=(status.st_mtime_ns, status.st_mtime_ns))
    later.write_bytes(b"x" * later.stat().st_size)  # with another time: it will be backed up
    (place.source / "file 05").unlink()
    (found,), report = await drilled(place)
    assert (found.files, found.damaged) == (len(ALL), [])
    assert found.source_differs == [str(victim)]
    assert found.compared_with_source == len(ALL) - 2
    assert [(each.id, each.path) for each in report.warnings] == [("SourceDiffers", str(victim))]
    assert (await recorded(place))[0].outcome == "good"


async def test_restored_bytes_are_read_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not taken as right because the restore says so."""
    def spoiled(plan: Any, *rest: Any) -> Any:  # Any: handed on as it is
        for identity, path, *_ in list(plan.items()):
            if path.endswith("file 01"):
                Path(os.fsdecode(plan.target_of(identity))).write_bytes(b"something else")
        return compare(plan, *rest)

    monkeypatch.setattr(drilling, "compare", spoiled)
    (found,), _ = await drilled(place)
    assert [each.path for each in found.damaged] == [path_of(place, "file 01")]
    assert found.files == len(ALL) - 1


async def test_no_block_is_taken_from_this_machine(place: Place) -> None:
    for victim in place.volumes("dblock"):
        victim.unlink()
    (found,), _ = await drilled(place)
    assert found.files == 0  # although every source is there


async def test_after_a_lost_database(place: Place) -> None:
    await drilled(place)
    place.lose_database()
    await place.recreate()
    assert await recorded(place) == {}
    (found,), _ = await drilled(place)
    assert (found.files, found.compared_with_source) == (len(ALL), len(ALL))
    assert (await recorded(place))[0].outcome == "good"


async def test_too_little_room(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drilling, "free_bytes", lambda _: 1000)
    with pytest.raises(DiskFull, match="--tempdir"):
        await drilled(place)
    assert os.listdir(place.temporary) == []


async def test_nothing_to_drill_without_a_version(tmp_path: Path) -> None:
    with pytest.raises(NoVersions):
        await drilled(Place(tmp_path))


@pytest.mark.parametrize("count", [1, 3])
async def test_an_abort_leaves_nothing(place: Place, count: int) -> None:
    place.faults = []
    with trio.fail_after(5), aborted_after(count, "get", place) as scope:
        await drilled(place)
    assert scope.cancelled_caught
    assert os.listdir(place.temporary) == []
    assert await recorded(place) == {}


async def test_stopped_at_once(place: Place) -> None:
    stop = StopRequest()
    place.faults = [Fault("get", "latency", first=2, times=99, seconds=3600)]
    downloads: list[str] = []

    def notify(event: Event) -> None:
        if event.kind == "download":
            downloads.append(event.text)
            if len(downloads) == 2:
                stop.now()

    place.notify = notify
    with trio.fail_after(4):
        found, report = await drilled(place, stop)
    assert (found, report.errors) == ([], [])
    assert os.listdir(place.temporary) == []
    assert await recorded(place) == {}


async def test_stopped_after_the_version_under_way(place: Place) -> None:
    stop = StopRequest()
    place.notify = lambda event: stop.after_file() if event.kind == "download" else None
    found, _ = await drilled(place, stop, versions=(), drills=2)
    assert len(found) == len(await recorded(place)) == 1


async def test_stages_for_who_watches(place: Place) -> None:
    place.faults = []
    seen: list[str] = []
    place.notify = lambda event: seen.append(event.text) if event.kind == "phase" else None
    (found,), report = await drilled(place)
    progress = report.progress
    assert seen[0] == "Choosing files to restore ..."
    assert "Fetching and writing files ..." in seen
    assert (progress.files_total, progress.bytes_total) == (found.files, found.bytes)
    assert progress.volumes_done == progress.volumes_total == found.volumes
    assert progress.bytes_done == found.bytes
    assert all(progress.meters.stages[name].spent > 0 for name in ("fetch", "decrypt", "write"))
