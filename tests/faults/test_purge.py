"""Files are taken out of versions, and nothing else is lost by it, whatever happens (spec/format.md 12.4)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.engine import Place, aborted_after, canonical, contents, make_tree, noise
from support.independent_reader import read_destination
from support.purging import deleted, purged
from support.stock import Stock, stocked

from triplicati.engine.stopping import StopRequest
from triplicati.errors import MissingRemoteFiles, NoFreeSecond, NoVersions, TriplicatiError
from triplicati.formats.names import parse_name
from triplicati.storage.faults import Action, Fault, Operation

VERSIONS = 3
FIRST = 1_700_000_000


async def grown(place: Place, patch: pytest.MonkeyPatch) -> None:
    """Three versions, ten seconds apart; `secret` is in all of them, `early` in the older two."""
    make_tree(place.source, {"secret": noise(3_000, 1), "stays": noise(9_000, 2), "sub/secret": "hidden"})
    (place.source / "early").write_bytes(noise(2_000, 3))
    (place.folder / "settings.json").write_text('{"kept": true}')
    for number in range(VERSIONS):
        (place.source / f"only-{number}").write_bytes(noise(1_500, 10 + number))
        if number == VERSIONS - 1:
            (place.source / "early").unlink()
        moment = float(FIRST + 10 * number)
        patch.setattr("triplicati.engine.backup.time", SimpleNamespace(time=lambda moment=moment: moment))
        result = await place.back_up(control_files=(place.folder / "settings.json",))
        assert (result.errors, result.warnings) == ([], [])
        shutil.copytree(place.source, place.folder / f"version-{VERSIONS - 1 - number}")


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    with pytest.MonkeyPatch.context() as patch:
        return stocked(tmp_path_factory.mktemp("purge"), lambda place: grown(place, patch))


@pytest.fixture
def place(stock: Stock) -> Iterator[Place]:
    with stock.copied() as found:
        yield found


def stamps(place: Place) -> list[int]:
    """Those of the lists there are, in seconds since the first version, the oldest first."""
    names = [parse_name(path.name) for path in place.volumes("dlist")]
    return sorted((name.stamp or 0) - FIRST for name in names if name is not None)


async def assert_versions(place: Place, gone: Mapping[int, Collection[str]]) -> None:
    """Another reader finds each version whole, without what is `gone` from it by its number; and the database
    agrees with one that is made of the destination alone."""
    found = read_destination(place.remote, place.passphrase)
    wrong = [each for each in found.problems if "no version needs" not in each]
    assert (found.damage, wrong) == ([], [])
    fresh = place.folder / "fresh" / "index.sqlite"
    await place.recreate(fresh)
    assert await canonical(fresh) == await canonical(place.database)
    for number, version in enumerate(reversed(found.versions)):
        shown = {os.path.relpath(entry.path, place.source) for entry in version.entries} - {"."}
        wanted = {path.decode() for path in contents(place.folder / f"version-{number}")}
        assert shown == {path for path in wanted if os.path.basename(path) not in gone.get(number, ())}
    assert len(found.versions) == VERSIONS
    shutil.rmtree(fresh.parent)
    assert not list(place.temporary.iterdir())


EVERYWHERE = {0: ("secret",), 1: ("secret",), 2: ("secret",)}


async def test_gone_from_every_version(place: Place) -> None:
    result = await purged(place, ["*/secret"])
    assert (result.errors, result.warnings, result.interrupted) == ([], [], False)
    assert (result.rewritten_file_lists, result.removed_file_count) == (3, 6)
    assert result.removed_file_size == 3 * (3_000 + len("hidden"))
    assert stamps(place) == [1, 11, 21]
    await assert_versions(place, EVERYWHERE)
    for number in range(VERSIONS):
        target = place.folder / f"restored-{number}"
        restored = await place.restore(target, lost=True, versions=(number,))
        assert (restored.errors, restored.warnings) == ([], [])
        wanted = contents(place.folder / f"version-{number}")
        kept = {path: each for path, each in wanted.items() if os.path.basename(path) != b"secret"}
        assert contents(target) == kept


async def test_from_one_version_alone(place: Place) -> None:
    result = await purged(place, ["*/secret"], [1])
    assert (result.rewritten_file_lists, result.removed_file_count) == (1, 2)
    assert stamps(place) == [0, 11, 20]
    await assert_versions(place, {1: ("secret",)})


async def test_a_version_without_a_match_keeps_its_list(place: Place) -> None:
    await purged(place, ["*/early"])
    assert stamps(place) == [1, 11, 20]
    await assert_versions(place, {1: ("early",), 2: ("early",)})


async def test_nothing_matches(place: Place) -> None:
    result = await purged(place, ["*/nowhere"])
    assert (result.rewritten_file_lists, result.removed_file_count) == (0, 0)
    assert stamps(place) == [0, 10, 20]


async def test_everything_matches(place: Place) -> None:
    """The versions stay, with empty lists."""
    await purged(place, ["*"])
    assert [len(each.entries) for each in read_destination(place.remote, None).versions] == [0, 0, 0]
    (place.source / "new").write_text("new")
    result = await place.back_up()
    assert result.added_files == len([path for path in place.source.rglob("*") if path.is_file()])


async def test_the_next_backup_takes_it_again_as_new(place: Place) -> None:
    await purged(place, ["*/secret"])
    result = await place.back_up()
    assert (result.added_files, result.modified_files, result.deleted_files) == (2, 0, 0)
    restored = await place.restore(place.folder / "restored", lost=True)
    assert restored.errors == []
    assert contents(place.folder / "restored") == contents(place.source)


async def test_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path, encryption="aes")
    await grown(place, monkeypatch)
    await purged(place, ["*/secret"])
    assert all(path.suffix == ".aes" for path in place.remote.iterdir())
    await assert_versions(place, EVERYWHERE)


async def test_control_files_are_in_the_new_list_too(place: Place) -> None:
    await purged(place, ["*/secret"])
    for number in range(VERSIONS):
        target = place.folder / "extra"
        await place.restore(target, lost=True, versions=(number,), control_files=True)
        assert (target / "settings.json").read_text() == '{"kept": true}'
        shutil.rmtree(target)


async def test_dry_run_tells_what_would_go_and_changes_nothing(place: Place) -> None:
    before = {path.name: path.read_bytes() for path in place.remote.iterdir()}
    result = await purged(place, ["*/early"], dry_run=True)
    assert result.dryrun
    assert [(each.number, each.file_count) for each in result.matches] == [(1, 1), (2, 1)]
    assert [each.path for each in result.matches[0].files] == [f"{place.source}/early"]
    assert [each.size for each in result.matches[0].files] == [2_000]
    assert (result.rewritten_file_lists, result.removed_file_size) == (2, 4_000)
    assert {path.name: path.read_bytes() for path in place.remote.iterdir()} == before
    await assert_versions(place, {})


async def test_compacting_afterwards_finds_the_data_unused(place: Place) -> None:
    before = sum(path.stat().st_size for path in place.volumes("dblock"))
    await purged(place, ["*/stays"])
    result = await place.compact(threshold=1, small_count=0)
    assert result.warnings == []
    assert sum(path.stat().st_size for path in place.volumes("dblock")) < before - 9_000
    await assert_versions(place, dict.fromkeys(range(VERSIONS), ("stays",)))


async def test_no_room_before_the_next_version(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = SimpleNamespace(time=lambda: float(FIRST + 21))
    monkeypatch.setattr("triplicati.engine.backup.time", moment)
    (place.source / "later").write_text("later")
    await place.back_up()
    with pytest.raises(NoFreeSecond, match="delete --version=1"):
        await purged(place, ["*/secret"])
    assert stamps(place) == [0, 10, 20, 21]
    await purged(place, ["*/secret"], [0, 2, 3])
    assert stamps(place) == [1, 11, 20, 22]


async def test_without_any_version(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.remote.mkdir()
    with pytest.raises(NoVersions):
        await purged(place, ["*"])


async def test_a_missing_volume_is_for_others(place: Place) -> None:
    place.volumes("dblock")[0].unlink()
    with pytest.raises(MissingRemoteFiles):
        await purged(place, ["*/secret"])
    assert stamps(place) == [0, 10, 20]


async def test_what_an_interrupted_backup_left_is_a_version_first(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files it had stored would come back with the next backup otherwise, the purged one among them. It
    is partial, and stays so."""
    monkeypatch.setattr("triplicati.engine.scanning._BATCH_FILES", 4)
    monkeypatch.setattr("triplicati.engine.recording._ROWS", 2)
    make_tree(place.source, {f"more/{number:02}/secret": noise(8_000, 60 + number) for number in range(12)})
    with aborted_after(6, "put", place):
        await place.back_up()
    place.wrap = None
    result = await purged(place, ["*/secret"])
    assert result.removed_file_count > 2 * (VERSIONS + 1)
    versions = read_destination(place.remote, None).versions
    assert len(versions) == VERSIONS + 1
    assert not versions[-1].full
    assert not [entry.path for each in versions for entry in each.entries if entry.path.endswith("/secret")]


async def test_a_stop_ends_it_between_two_versions(place: Place) -> None:
    stop = StopRequest()
    stop.after_file()
    result = await purged(place, ["*/secret"], stop=stop)
    assert (result.interrupted, result.rewritten_file_lists) == (True, 0)
    await assert_versions(place, {})


# A delete whose answer is an error has deleted all the same, which is looked up.
FAILING: list[tuple[Operation, Action, int]] = [
    ("list", "error-before", 2), ("get", "error-during", 2), ("put", "error-before", 2),
    ("put", "error-during", 1), ("put", "error-after", 2), ("delete", "error-before", 1),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "action", "first"), FAILING)
async def test_a_destination_that_fails(
    place: Place, operation: Operation, action: Action, first: int
) -> None:
    place.faults = [Fault(operation, action, first=first, times=99)]
    with pytest.raises(TriplicatiError, match="scripted failure"):
        await purged(place, ["*/secret"])
    place.faults = None
    await assert_each_is_there(place)
    await purged(place, ["*/secret"])
    assert len(stamps(place)) == VERSIONS
    await assert_versions(place, EVERYWHERE)


async def test_a_list_that_did_not_arrive_whole_keeps_the_old_one(place: Place) -> None:
    place.faults = [Fault("put", "truncate", times=99)]
    with pytest.raises(TriplicatiError, match="the old one is kept"):
        await purged(place, ["*/secret"])
    place.faults = None
    (next_to_nothing,) = set(stamps(place)) - {0, 10, 20}
    assert next_to_nothing == 1
    await purged(place, ["*/nowhere"])
    assert stamps(place) == [0, 10, 20]
    await assert_versions(place, {})


@pytest.mark.parametrize(
    ("operation", "count"), [("list", 3), ("get", 2), ("put", 1), ("put", 3), ("delete", 1)]
)
async def test_an_abort_at_any_call(place: Place, operation: str, count: int) -> None:
    with aborted_after(count, operation, place):
        await purged(place, ["*/secret"])
    place.wrap = None
    await assert_each_is_there(place)
    await purged(place, ["*/secret"])
    assert len(stamps(place)) == VERSIONS
    await assert_versions(place, EVERYWHERE)


async def test_a_backup_goes_on_after_an_abort(place: Place) -> None:
    with aborted_after(2, "put", place):
        await purged(place, ["*/secret"])
    place.wrap = None
    (place.source / "later").write_text("later")
    result = await place.back_up()
    assert (result.errors, result.warnings) == ([], [])
    assert len(stamps(place)) == VERSIONS + 1
    assert read_destination(place.remote, None).damage == []


async def test_the_database_lost_between_two_versions(place: Place) -> None:
    with aborted_after(2, "delete", place):
        await purged(place, ["*/secret"])
    place.wrap = None
    place.lose_database()
    await place.recreate()
    await purged(place, ["*/secret"])
    await assert_versions(place, EVERYWHERE)


async def test_the_database_lost_while_both_lists_are_there(place: Place) -> None:
    """The version is there twice then, and nobody knows why; it is said what to do about it."""
    with aborted_after(2, "put", place):
        await purged(place, ["*/secret"])
    place.wrap = None
    assert stamps(place) == [1, 10, 11, 20]
    await assert_each_is_there(place)
    place.lose_database()
    await place.recreate()
    with pytest.raises(NoFreeSecond, match="delete --version=2"):
        await purged(place, ["*/secret"])
    await deleted(place, 2)
    await purged(place, ["*/secret"])
    await assert_versions(place, EVERYWHERE)


async def assert_each_is_there(place: Place) -> None:
    """For whoever has nothing but the destination: each version at least once, with all that is kept."""
    found = read_destination(place.remote, None)
    broken_lists = [each for each in found.damage if "dlist" not in each]
    assert broken_lists == []
    for number in range(VERSIONS):
        wanted = contents(place.folder / f"version-{number}")
        kept = {each.decode() for each in wanted if os.path.basename(each) != b"secret"}
        shown = [
            {os.path.relpath(entry.path, place.source) for entry in each.entries} for each in found.versions
        ]
        assert any(kept <= each for each in shown)
