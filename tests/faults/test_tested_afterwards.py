"""The test after a backup, and damaged indexes that are made anew by a test (spec/format.md 12.7)."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trio
from support.engine import ALL_KINDS, Place, aborted_after, canonical, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.engine.settings import AfterTest, UpkeepSettings, VerifySettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import open_database
from triplicati.messages.progress import Event
from triplicati.messages.results import BackupResult, VerifyResult
from triplicati.storage.faults import Fault


@pytest.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """One version in several volumes, never tested."""
    found = Place(tmp_path, encryption=getattr(request, "param", "aes"))
    make_tree(found.source, {f"file {n:02}": noise(2900 + n, n) for n in range(12)})
    make_tree(found.source, {"large": noise(40_000, 99)})
    await found.back_up()
    assert len(found.volumes("dindex")) > 2
    return found


def replacing(place: Place) -> UpkeepSettings:
    return UpkeepSettings(encryption=place.encryption, upload_folder=str(place.temporary))


def after(place: Place, samples: int = 1, percentage: str = "0.1", **changes: Any) -> AfterTest:
    wanted = {"content": ALL_KINDS, "list_destination": False, "replacing": replacing(place), **changes}
    return AfterTest(samples, Decimal(percentage), VerifySettings(**wanted))


async def backed_up(
    place: Place, number: int, stop: StopRequest | None = None, **wanted: Any
) -> BackupResult:
    """With something new in it."""
    make_tree(place.source, {"changes": f"{number}" * 2000})
    return await place.back_up(stop, test=after(place, **wanted))


def outcome(result: BackupResult) -> VerifyResult:
    assert result.test_results is not None
    return result.test_results


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


async def sound(place: Place, target: Path) -> None:
    """Nobody finds anything wrong, and the newest version comes back from a database made of the
    destination."""
    found = read_destination(place.remote, place.passphrase)
    assert (found.damage, found.problems) == ([], [])
    assert (await place.restore(target, lost=True)).broken_files == []
    assert tree(target) == tree(place.source)


async def test_one_of_each_kind(place: Place) -> None:
    phases: list[str] = []
    place.notify = lambda event: phases.append(event.text) if event.kind == "phase" else None
    result = await backed_up(place, 1)
    assert (result.parsed, len(outcome(result).verifications), len(await place.checks())) == ("Success", 3, 3)
    assert (outcome(result).main_operation, outcome(result).parsed) == ("Test", "Success")
    assert phases[-2:] == ["Verifying remote backup ...", "Remote backup verification completed"]
    assert result.examined_files == 14


async def test_the_next_backup_tests_other_ones(place: Place) -> None:
    names: set[str] = set()
    for number in range(3):
        names |= {each.key for each in outcome(await backed_up(place, number, samples=2)).verifications}
    assert len([name for name in names if "dblock" in name]) == 6


async def test_a_share_of_all(place: Place) -> None:
    result = await backed_up(place, 1, samples=0, percentage="100")
    assert len(outcome(result).verifications) == len(list(place.remote.iterdir()))
    assert (await backed_up(place, 2, samples=0, percentage="0")).test_results is None


async def test_not_after_one_that_changed_nothing_on_the_same_day(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outcome(await backed_up(place, 1)).verifications
    unchanged = await place.back_up(test=after(place))
    assert (unchanged.unchanged, unchanged.test_results) == (True, None)
    now = time.time()
    monkeypatch.setattr("triplicati.engine.after_backup.time.time", lambda: now + 86_500)
    assert outcome(await place.back_up(test=after(place))).verifications


async def test_not_after_one_that_was_stopped(place: Place) -> None:
    stop = StopRequest()
    stop.after_file()
    assert (await backed_up(place, 1, stop)).test_results is None


async def test_damage_is_an_error_of_the_backup(place: Place) -> None:
    victim = place.volumes("dblock")[0]
    spoil(victim)
    result = await backed_up(place, 1, samples=100)
    (error,) = outcome(result).errors
    assert (error.id, error.path) == ("DamagedVolume", victim.name)
    assert "next backup" in error.text
    assert (result.parsed, result.errors) == ("Error", [error])
    assert result.version_time


async def test_a_damaged_list_is_made_anew_by_the_next_backup(place: Place, tmp_path: Path) -> None:
    victim = place.volumes("dlist")[0]
    spoil(victim)
    result = await backed_up(place, 1, samples=100)
    assert "The next backup" in outcome(result).errors[0].text
    again = await backed_up(place, 2, samples=100)
    assert outcome(again).parsed == "Success"
    await sound(place, tmp_path / "out")


async def test_a_destination_that_fails_afterwards_does_not_spoil_the_backup(place: Place) -> None:
    place.faults = [Fault("get", "error-before", times=999)]
    result = await backed_up(place, 1, samples=100)
    assert result.version_time
    assert result.parsed == "Error"
    assert result.test_results is None
    assert "The backup is stored" in result.errors[-1].text


async def test_an_abort_ends_it(place: Place) -> None:
    place.faults = []
    with trio.fail_after(3), aborted_after(1, "get", place) as scope:
        await backed_up(place, 1)
    assert scope.cancelled_caught
    place.faults = None
    assert not (await place.back_up(test=after(place))).errors


async def test_stop_now_ends_it(place: Place) -> None:
    stop = StopRequest()
    place.faults = [Fault("get", "latency", first=2, times=99, seconds=3600)]
    downloads: list[Event] = []

    def notify(event: Event) -> None:
        if event.kind == "download":
            downloads.append(event)
            if len(downloads) == 2:
                stop.now()

    place.notify = notify
    with trio.fail_after(4):
        result = await backed_up(place, 1, stop, max_threads=1)
    assert (len(outcome(result).verifications), outcome(result).interrupted) == (1, True)
    assert (result.partial_backup, result.parsed) == (False, "Success")


# --- indexes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "aes"], ids=["plain", "aes"], indirect=True)
async def test_a_damaged_index_is_replaced(place: Place, tmp_path: Path) -> None:
    before = await canonical(place.database)
    victims = place.volumes("dindex")[:2]
    for victim in victims:
        spoil(victim)
    calls = await _recorded_calls(place)
    names = {victim.name for victim in victims}
    puts = [at for at, (operation, _) in enumerate(calls) if operation == "put"]
    deletes = [at for at, (operation, name) in enumerate(calls) if operation == "delete" and name in names]
    assert (len(puts), len(deletes)) == (2, 2)
    assert max(puts) < min(deletes)
    assert ("list", "") in calls[max(puts) : min(deletes)]  # seen before the old ones go
    place.faults = None
    assert (await place.verify()).parsed == "Success"
    assert (await canonical(place.database))["blocks"] == before["blocks"]
    await sound(place, tmp_path / "out")


async def _recorded_calls(place: Place) -> list[tuple[Any, str]]:
    """Of a test that replaces what is damaged, which is a warning."""
    place.faults = []
    result = await place.verify(replacing=replacing(place))
    assert {each.id for each in result.warnings} == {"FaultyIndexFile"}
    assert result.errors == []
    assert [each.damaged for each in result.verifications][:2] == [True, True]
    assert place.used is not None
    return list(place.used.calls)


async def test_an_index_that_tells_something_else_is_replaced(place: Place, tmp_path: Path) -> None:
    """It has its own hash, but was exchanged for another one before it was known."""
    first, second = place.volumes("dindex")[:2]
    first.write_bytes(second.read_bytes())
    async with open_database(place.database) as database:
        size = first.stat().st_size
        query = "UPDATE volume SET hash = NULL, size = ? WHERE name = ?"
        await database.write(lambda c: c.execute(query, (size, first.name)))
    assert (await place.verify(replacing=replacing(place))).parsed == "Warning"
    assert not first.exists()
    await sound(place, tmp_path / "out")


async def test_not_where_it_is_not_wanted(place: Place) -> None:
    victim = place.volumes("dindex")[0]
    spoil(victim)
    result = await place.verify()
    assert ([each.id for each in result.errors], result.warnings) == (["DamagedVolume"], [])
    assert "makes it anew" in result.errors[0].text
    assert victim.exists()


async def test_not_with_a_passphrase_that_no_backup_confirmed(place: Place) -> None:
    place.lose_database()
    await place.recreate()
    victim = place.volumes("dindex")[0]
    spoil(victim)
    result = await place.verify(replacing=replacing(place))
    assert [each.id for each in result.errors] == ["DamagedVolume"]
    assert victim.exists()


async def test_after_a_backup(place: Place, tmp_path: Path) -> None:
    victim = place.volumes("dindex")[0]
    spoil(victim)
    result = await backed_up(place, 1, samples=100)
    assert (result.parsed, outcome(result).parsed) == ("Warning", "Warning")
    assert not victim.exists()
    assert result.known_file_count == len(list(place.remote.iterdir()))
    await sound(place, tmp_path / "out")


@pytest.mark.parametrize(("count", "operation"), [(2, "put"), (2, "list"), (1, "delete")])
async def test_broken_off_it_is_finished_later(
    place: Place, tmp_path: Path, count: int, operation: str
) -> None:
    for victim in place.volumes("dindex")[:2]:
        spoil(victim)
    place.faults = []
    with aborted_after(count, operation, place) as scope:
        await place.verify(replacing=replacing(place))
    assert scope.cancelled_caught
    place.faults = None
    assert read_destination(place.remote, place.passphrase).damage or operation == "delete"
    result = await backed_up(place, 1, samples=100)
    assert result.errors == []
    assert outcome(await backed_up(place, 2, samples=100)).parsed == "Success"
    assert len(place.volumes("dindex")) == len(place.volumes("dblock"))
    await sound(place, tmp_path / "out")


async def test_a_destination_that_takes_nothing_keeps_the_old_one(place: Place) -> None:
    victim = place.volumes("dindex")[0]
    spoil(victim)
    place.faults = [Fault("put", "error-before", times=99)]
    result = await place.verify(replacing=replacing(place))
    assert [each.id for each in result.errors] == ["DestinationError", "DamagedVolume"]
    assert victim.exists()
    place.faults = None
    assert (await place.verify(replacing=replacing(place), list_destination=False)).errors == []
    assert not victim.exists()
