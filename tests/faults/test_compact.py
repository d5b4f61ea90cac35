"""Compacting: what it reclaims, and that nothing is lost by it, whatever happens (spec/format.md 12.6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
import trio
from support.engine import Place, aborted_after, canonical, make_tree, noise, tree
from support.independent_reader import read_destination
from support.stock import Stock, stocked

from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.remote import Remote
from triplicati.engine.settings import Retention, UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.errors import DestinationError, TriplicatiError
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.storage.faults import Action, Fault, Operation

KEEP = Retention(keep_versions=2)


async def grown(place: Place, rounds: int = 6) -> None:
    """Several versions of which two are left, so that much of each volume is waste."""
    make_tree(
        place.source, {"stays": noise(12_000, 1), "text": "words and words " * 900, "list": noise(40_000, 2)}
    )
    for number in range(rounds):
        for file in range(20):
            (place.source / f"new-{number}-{file}").write_bytes(noise(1_500, 100 * number + file))
            if file % 3:
                (place.source / f"new-{number - 1}-{file}").unlink(missing_ok=True)
        await place.back_up(retention=KEEP)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return stocked(tmp_path_factory.mktemp("compact"), grown)


@pytest.fixture
def place(stock: Stock) -> Iterator[Place]:
    with stock.copied() as found:
        yield found


async def assert_sound(place: Place) -> None:
    """Nobody finds anything wrong, the database agrees with the destination, and both versions come back."""
    found = read_destination(place.remote, place.passphrase)
    wrong = [each for each in found.problems if "no version needs" not in each]
    assert (found.damage, wrong) == ([], [])
    fresh = place.folder / "fresh" / "index.sqlite"
    await place.recreate(fresh)
    assert await canonical(fresh) == await canonical(place.database)
    for path in fresh.parent.iterdir():
        path.unlink()
    for version in (0, 1):
        target = place.folder / f"restored-{version}"
        result = await place.restore(target, lost=True, versions=(version,))
        assert (result.errors, result.warnings) == ([], [])
        if version == 0:
            assert tree(target) == tree(place.source)
    checked = await place.verify()
    assert [each.key for each in checked.verifications if each.damaged] == []


def stored(place: Place) -> int:
    return sum(path.stat().st_size for path in place.volumes("dblock"))


async def test_nothing_goes_while_a_list_could_not_be_read(place: Place) -> None:
    """What its version needs would have been deleted as needed by nobody."""
    first = place.volumes("dlist")[0]
    content = first.read_bytes()
    first.write_bytes(content[: len(content) // 2])
    place.lose_database()
    await place.recreate()
    blocks = {path.name for path in place.volumes("dblock")}
    result = await place.compact(threshold=1)
    assert [each.id for each in result.warnings] == ["NotCompacted"]
    assert {path.name for path in place.volumes("dblock")} == blocks
    first.write_bytes(content)
    assert await place.repair() is None  # to be built anew


async def test_waste_goes_and_all_else_stays(place: Place) -> None:
    before, files = stored(place), len(place.volumes("dblock"))
    result = await place.compact()
    assert (result.errors, result.warnings) == ([], [])
    assert result.deleted_file_count > result.uploaded_file_count > 0
    assert stored(place) < before * 0.8
    assert len(place.volumes("dblock")) < files
    assert len(place.volumes("dindex")) == len(place.volumes("dblock"))
    assert not list(place.temporary.iterdir())
    await assert_sound(place)


async def test_with_encryption(tmp_path: Path) -> None:
    place = Place(tmp_path, encryption="aes")
    await grown(place)
    result = await place.compact()
    assert result.uploaded_file_count > 0
    assert all(path.suffix == ".aes" for path in place.remote.iterdir())
    await assert_sound(place)


async def test_the_second_time_there_is_nothing_to_do(place: Place) -> None:
    await place.compact()
    result = await place.compact()
    assert (result.deleted_file_count, result.downloaded_file_count, result.uploaded_file_count) == (0, 0, 0)
    assert (await place.back_up()).unchanged


async def test_dry_run_changes_nothing(place: Place) -> None:
    before = sorted(path.name for path in place.remote.iterdir())
    result = await place.compact(dry_run=True)
    assert result.dryrun
    assert result.downloaded_file_count > 0
    assert sorted(path.name for path in place.remote.iterdir()) == before


async def test_what_is_below_the_threshold_stays(place: Place) -> None:
    result = await place.compact(threshold=100, small_size=0, small_count=1000)
    assert result.downloaded_file_count == 0
    await assert_sound(place)


async def test_a_budget_ends_it_and_the_next_run_goes_on(place: Place) -> None:
    result = await place.compact(budget_bytes=1)
    assert result.interrupted
    assert result.left > 0
    await assert_sound(place)
    while (await place.compact(budget_bytes=1)).left:
        pass
    await assert_sound(place)
    assert (await place.compact()).downloaded_file_count == 0


async def test_no_time_at_all(place: Place) -> None:
    result = await place.compact(budget_seconds=0)
    assert (result.downloaded_file_count, result.interrupted) == (0, True)


async def test_stop_now_ends_a_transfer_that_takes_for_ever(place: Place) -> None:
    stop = StopRequest()
    place.faults = [Fault("get", "silence", first=2)]
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:

            async def stopped() -> None:
                while place.used is None or sum(name == "get" for name, _ in place.used.calls) < 2:
                    await trio.sleep(0.01)
                with trio.fail_after(2):
                    stop.now()
                    await ended.wait()

            ended = trio.Event()
            nursery.start_soon(stopped)
            result = await place.compact(stop)
            ended.set()
    assert result.interrupted
    assert result.left > 0
    place.faults = None
    await place.compact()
    await assert_sound(place)


async def test_a_stop_ends_it_between_two_groups(place: Place) -> None:
    stop = StopRequest()
    stop.wanted = "after-file"
    result = await place.compact(stop)
    assert result.interrupted
    await assert_sound(place)


# A delete whose answer is an error has deleted all the same, which is looked up.
FAILING: list[tuple[Operation, Action]] = [
    ("list", "error-before"), ("get", "error-before"), ("get", "error-after"), ("put", "error-before"),
    ("put", "error-after"), ("delete", "error-before"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "action"), FAILING)
@pytest.mark.parametrize("first", [1, 3])
async def test_a_destination_that_fails(
    place: Place, operation: Operation, action: Action, first: int
) -> None:
    if operation == "list":
        first += 1  # the first one is that of the start
    place.faults = [Fault(operation, action, first=first, times=99)]
    with pytest.raises(TriplicatiError, match="scripted failure"):
        await place.compact()
    place.faults = None
    (place.source / "later").write_bytes(noise(5_000, 99))
    await place.back_up()
    await place.compact()
    await assert_sound(place)


@pytest.mark.parametrize("operation", ["get", "put", "delete"])
@pytest.mark.parametrize("count", [1, 4])
async def test_an_abort_at_any_call(place: Place, operation: str, count: int) -> None:
    with aborted_after(count, operation, place):
        await place.compact()
    place.wrap = None
    await place.compact()
    await assert_sound(place)


async def test_the_database_lost_in_the_middle(place: Place) -> None:
    """Blocks are in an old and in a new volume then; one of them is waste."""
    with aborted_after(2, "delete", place):
        await place.compact()
    place.wrap = None
    place.lose_database()
    await place.recreate()
    await place.compact()
    await assert_sound(place)


async def test_a_new_volume_that_did_not_arrive_keeps_the_old_ones(place: Place) -> None:
    before = {path.name for path in place.remote.iterdir()}
    place.faults = [Fault("put", "truncate", times=99, match="dblock")]
    with pytest.raises(DestinationError, match="the old ones are kept"):
        await place.compact(small_count=0)
    kept = {path.name for path in place.remote.iterdir()}
    gone = before - kept
    place.faults = None
    found = read_destination(place.remote, place.passphrase)
    assert all(not problem.startswith("missing") for problem in found.problems)
    assert gone <= {name for name in gone if ".dblock." in name or ".dindex." in name}


async def test_a_damaged_volume_is_left_and_told(place: Place) -> None:
    victims = place.volumes("dblock")
    for victim in victims:
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    result = await place.compact()
    told = [each.path for each in result.warnings if each.id == "VolumeNotCompacted"]
    assert told
    assert {path.name for path in place.volumes("dblock")} >= set(told)


async def test_volumes_that_hold_nothing_go_without_being_fetched(place: Place) -> None:
    for path in list(place.source.iterdir()):
        path.unlink()
    (place.source / "only").write_text("this")
    await place.back_up(retention=Retention(keep_versions=1))
    result = await place.compact()
    assert result.deleted_file_count > 4
    assert len(place.volumes("dblock")) <= 2
    assert (await place.restore(place.folder / "restored", lost=True)).errors == []


async def test_a_volume_that_could_not_be_read_for_a_while_is_kept(place: Place) -> None:
    """Built anew while a volume was damaged, the database knows nothing of what lies in it, so that nothing
    in it seemed to be needed: it was deleted, and with it all that it held."""
    before = {path.name: path.read_bytes() for path in place.volumes("dblock")}
    for path in place.volumes("dindex"):
        path.unlink()
    for path in place.volumes("dblock"):
        path.write_bytes(bytes(path.stat().st_size))
    place.lose_database()
    await place.recreate()
    for name, content in before.items():
        (place.remote / name).write_bytes(content)
    result = await place.compact()
    assert [each.id for each in result.warnings if each.id == "NotCompacted"]
    assert {path.name for path in place.volumes("dblock")} == set(before)
    assert result.deleted_file_count == 0


@pytest.mark.parametrize("lost", ["blocklist", "block"])
async def test_nothing_goes_while_it_is_not_known_what_is_needed_or_where_it_is(
    place: Place, lost: str
) -> None:
    """Only the list says which blocks a large file needs; a block may be in any volume."""

    def forget(connection: apsw.Connection) -> None:
        connection.execute(f"DELETE FROM {lost}")

    async with open_database(place.database) as database:
        await database.write(forget)
    before = {path.name for path in place.remote.iterdir()}
    result = await place.compact()
    assert [each.id for each in result.warnings] == ["NotCompacted"]
    assert {path.name for path in place.remote.iterdir()} == before


async def test_a_backup_goes_on_with_its_own_folder_after_compacting(place: Place) -> None:
    """Compacting emptied and removed the folder for new volumes of the backup that it was a part of, and the
    verification file had no place."""
    (place.source / "later").write_bytes(noise(5_000, 99))
    compacting = UpkeepSettings(rules=CompactRules(volume_size=20 << 10))
    result = await place.back_up(
        compact=compacting, retention=KEEP, verification_file=True, upload_folder=None
    )
    assert result.compact_results is not None
    assert result.compact_results.uploaded_file_count > 0
    assert (place.remote / "duplicati-verification.json").is_file()
    await assert_sound(place)


async def test_who_watches_sees_the_stages(place: Place) -> None:
    meters: list[Report] = []
    connect = place.connect

    def watched() -> Remote:
        remote = connect()
        meters.append(remote.report)
        return remote

    place.connect = watched  # type: ignore[method-assign]  # of this place alone
    await place.compact(threshold=1)
    stages = meters[-1].progress.meters.stages
    assert {"fetch", "store", "upload"} <= {name for name, stage in stages.items() if stage.spent > 0}
    progress = meters[-1].progress
    assert progress.volumes_done == progress.volumes_total > 0
