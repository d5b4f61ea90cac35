"""Files that can no longer be restored are found and taken out of the versions (spec/format.md 12.3)."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.engine import Place, aborted_after, canonical, contents, make_tree, noise, tree
from support.independent_reader import read_destination
from support.purging import broken, broken_paths, purged_broken
from support.stock import Stock, stocked

from triplicati.engine.stopping import StopRequest
from triplicati.errors import (
    AllFilesetsBroken,
    EmptiedRemoteLocation,
    ExtraRemoteFiles,
    TriplicatiError,
    UnreadListMayBeWhole,
    UnreadListNotOpened,
)
from triplicati.formats.metadata import EMPTY_METADATA
from triplicati.storage.faults import Action, Fault, Operation

VERSIONS = 3
FIRST = 1_700_000_000


async def grown(place: Place, patch: pytest.MonkeyPatch) -> None:
    """Three versions, ten seconds apart; each adds files with blocks in volumes of their own."""
    make_tree(place.source, {f"old-{number:02}": noise(1_900, number) for number in range(24)})
    make_tree(place.source / "deep", {"large": noise(40_000, 98), "large too": noise(70_000, 99)})
    os.symlink("old-00", place.source / "link")
    for number in range(VERSIONS):
        for file in range(12):
            (place.source / f"new-{number}-{file:02}").write_bytes(noise(1_700, 100 * number + 100 + file))
        moment = float(FIRST + 10 * number)
        patch.setattr("triplicati.engine.backup.time", SimpleNamespace(time=lambda moment=moment: moment))
        result = await place.back_up()
        assert (result.errors, result.warnings) == ([], [])
        shutil.copytree(place.source, place.folder / f"version-{VERSIONS - 1 - number}", symlinks=True)
        names = "\n".join(each.name for each in place.volumes("dblock"))
        (place.folder / f"dblocks-{number}").write_text(names)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    with pytest.MonkeyPatch.context() as patch:
        return stocked(tmp_path_factory.mktemp("broken"), lambda place: grown(place, patch))


@pytest.fixture
def place(stock: Stock) -> Iterator[Place]:
    with stock.copied() as found:
        yield found


def dblocks_of(place: Place, number: int) -> list[Path]:
    """Those that the backup `number`, from 0, added."""
    names = [set((place.folder / f"dblocks-{each}").read_text().split()) for each in range(number + 1)]
    added = names[number] - (names[number - 1] if number else set())
    return sorted(place.remote / name for name in added)


def holder(place: Place, name: str) -> Path:
    """The dblock with the first block of a file."""
    block = (place.source / name).read_bytes()[: place.form.blocksize]
    digest = base64.b64encode(hashlib.sha256(block).digest()).decode()
    return place.remote / read_destination(place.remote, place.passphrase).volume_of_block[digest]


# Of the backup with that number.
MEMBERS = ("old-05", "new-1-03", "new-2-03")


def broken_by_hand(place: Place) -> dict[int, set[str]]:
    """What the independent reader cannot put together, by the number of the version and the last name."""
    found: dict[int, set[str]] = {}
    destination = read_destination(place.remote, place.passphrase)
    for number, version in enumerate(reversed(destination.versions)):
        for entry in version.entries:
            where = f"{version.name}: {entry.path!r}: "
            if any(each.startswith(where) for each in destination.damage):
                found.setdefault(number, set()).add(entry.path.rstrip("/").rsplit("/", 1)[-1])
    return found


async def assert_sound(place: Place, versions: int = VERSIONS) -> None:
    """Nothing is missing for anybody, and compacting goes on."""
    found = read_destination(place.remote, place.passphrase)
    assert found.damage == []
    assert len(found.versions) == versions
    fresh = place.folder / "fresh" / "index.sqlite"
    await place.recreate(fresh)
    assert await canonical(fresh) == await canonical(place.database)
    shutil.rmtree(fresh.parent)
    assert await broken(place) == []
    assert [each.id for each in (await place.compact(dry_run=True)).warnings] == []
    assert not list(place.temporary.iterdir())


async def assert_restored(place: Place, number: int, gone: set[str]) -> None:
    """Whole but for `gone`."""
    target = place.folder / "restored"
    result = await place.restore(target, versions=(number,))
    assert result.errors == []
    wanted = contents(place.folder / f"version-{number}")
    kept = {path: each for path, each in wanted.items() if os.path.basename(path).decode() not in gone}
    assert contents(target) == kept
    shutil.rmtree(target)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = noise(300, 4321)
    path.write_bytes(content)


async def test_nothing_is_broken(place: Place) -> None:
    before = {path.name: path.read_bytes() for path in place.remote.iterdir()}
    assert await broken(place) == []
    result = await purged_broken(place)
    assert (result.errors, result.warnings) == ([], [])
    assert {path.name: path.read_bytes() for path in place.remote.iterdir()} == before


@pytest.mark.parametrize("number", range(VERSIONS))
async def test_a_lost_volume_is_listed_as_another_reader_finds_it(place: Place, number: int) -> None:
    holder(place, MEMBERS[number]).unlink()
    expected = broken_by_hand(place)
    assert set(expected) == set(range(VERSIONS - number))
    before = {path.name for path in place.remote.iterdir()}
    assert await broken_paths(place) == expected
    assert await broken_paths(place) == expected
    assert {path.name for path in place.remote.iterdir()} == before


async def test_as_many_examples_as_wanted(place: Place) -> None:
    holder(place, MEMBERS[0]).unlink()
    whole, some = await broken(place), await broken(place, 2)
    assert [len(each.files) for each in some] == [2, 2, 2]
    assert [each.file_count for each in some] == [len(each.files) for each in whole]
    assert some[0].files == whole[0].files[:2]
    assert [(each.number, each.time - FIRST) for each in some] == [(0, 20), (1, 10), (2, 0)]


async def test_what_the_database_knows_to_be_unknown(place: Place) -> None:
    """After it was built anew without the volume nothing is missing in the listing any more."""
    holder(place, MEMBERS[1]).unlink()
    expected = await broken_paths(place)
    place.lose_database()
    await place.recreate()
    assert await broken_paths(place) == expected
    assert set(expected) == {0, 1}


async def test_an_empty_destination_is_a_mistake(place: Place) -> None:
    for path in place.remote.iterdir():
        path.unlink()
    with pytest.raises(EmptiedRemoteLocation):
        await broken(place)
    with pytest.raises(EmptiedRemoteLocation):
        await purged_broken(place)


@pytest.mark.parametrize(("number", "rebuilt"), [(0, False), (2, False), (1, True)])
async def test_purged(place: Place, number: int, rebuilt: bool) -> None:
    holder(place, MEMBERS[number]).unlink()
    if rebuilt:
        place.lose_database()
        await place.recreate()
    expected = await broken_paths(place)
    result = await purged_broken(place)
    assert result.errors == []
    assert result.purge_results is not None
    assert result.purge_results.rewritten_file_lists == len(expected) == VERSIONS - number
    counts = result.purge_results.removed_file_count, result.purge_results.updated_file_count
    assert sum(counts) == sum(map(len, expected.values()))
    await assert_sound(place)
    left = read_destination(place.remote, place.passphrase)
    for each in range(VERSIONS):
        version = left.versions[VERSIONS - 1 - each]
        here = {entry.path.rstrip("/").rsplit("/", 1)[-1] for entry in version.entries}
        await assert_restored(place, each, expected.get(each, set()) - here)


async def test_a_damaged_volume_loses_only_what_is_damaged_in_it(place: Place) -> None:
    victim = holder(place, MEMBERS[0])
    damage(victim)
    await place.verify()
    result = await purged_broken(place)
    assert result.purge_results is not None
    assert 0 < result.purge_results.removed_file_count + result.purge_results.updated_file_count < 12
    assert victim.exists()
    for number in range(VERSIONS):
        restored = await place.restore(place.folder / f"restored-{number}", lost=True, versions=(number,))
        assert restored.errors == []


async def test_the_next_backup_stores_again_what_was_removed(place: Place) -> None:
    victim = holder(place, MEMBERS[2])
    victim.unlink()
    purged = (await purged_broken(place)).purge_results
    assert purged is not None
    result = await place.back_up()
    assert (result.errors, result.warnings) == ([], [])
    assert result.added_files == purged.removed_file_count > 0
    assert read_destination(place.remote, place.passphrase).damage == []
    await place.restore(place.folder / "restored", lost=True, permissions=True)
    assert tree(place.folder / "restored") == tree(place.source)


async def changed_metadata(place: Place, patch: pytest.MonkeyPatch) -> list[Path]:
    """A fourth version, in which only metadata are new; gives its volumes."""
    before = set(place.volumes("dblock"))
    os.chmod(place.source / "old-03", 0o600)
    os.chmod(place.source / "deep", 0o700)
    (place.source / "link").unlink()
    os.symlink("old-01", place.source / "link")
    moment = SimpleNamespace(time=lambda: float(FIRST + 100))
    patch.setattr("triplicati.engine.backup.time", moment)
    await place.back_up()
    shutil.copytree(place.source, place.folder / "version-now", symlinks=True)
    return sorted(set(place.volumes("dblock")) - before)


async def test_lost_metadata_are_replaced_by_such_as_say_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link is nothing but its metadata, so it goes."""
    for path in await changed_metadata(place, monkeypatch):
        path.unlink()
    assert (await broken_paths(place))[0] >= {"old-03", "deep", "link"}
    result = await purged_broken(place)
    assert result.purge_results is not None
    assert (result.purge_results.removed_file_count, result.purge_results.rewritten_file_lists) == (1, 1)
    assert result.purge_results.updated_file_count >= 2
    await assert_sound(place, VERSIONS + 1)
    target = place.folder / "restored"
    restored = await place.restore(target, lost=True)
    assert restored.errors == []
    wanted = contents(place.folder / "version-now")
    del wanted[b"link"]
    assert contents(target) == wanted
    entries = read_destination(place.remote, None).versions[-1].entries
    (entry,) = [each for each in entries if each.path.endswith("/old-03")]
    assert entry.metasize == len(EMPTY_METADATA)


async def test_the_next_backup_knows_the_metadata_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in await changed_metadata(place, monkeypatch):
        path.unlink()
    await purged_broken(place)
    monkeypatch.setattr(
        "triplicati.engine.backup.time", SimpleNamespace(time=lambda: float(FIRST + 200))
    )
    await place.back_up()
    await place.restore(place.folder / "restored", lost=True, permissions=True)
    assert tree(place.folder / "restored") == tree(place.source)


async def test_lost_metadata_take_the_file_with_them_where_that_is_wanted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in await changed_metadata(place, monkeypatch):
        path.unlink()
    gone = (await broken_paths(place))[0]
    result = await purged_broken(place, replaces=False)
    assert result.purge_results is not None
    assert result.purge_results.removed_file_count == len(gone)
    assert result.purge_results.updated_file_count == 0
    await assert_sound(place, VERSIONS + 1)
    shown = {
        entry.path.rstrip("/").rsplit("/", 1)[-1]
        for entry in read_destination(place.remote, None).versions[-1].entries
    }
    assert not shown & gone


async def test_a_version_that_lost_everything_goes(place: Place) -> None:
    for path in dblocks_of(place, 0):
        path.unlink()
    result = await purged_broken(place, replaces=False)
    assert result.delete_results is not None
    assert [each.item1 for each in result.delete_results.deleted_sets] == [2]
    await assert_sound(place, VERSIONS - 1)


async def test_all_versions_would_go(place: Place) -> None:
    for path in place.volumes("dblock"):
        path.unlink()
    before = {path.name for path in place.remote.iterdir()}
    with pytest.raises(AllFilesetsBroken, match="put them back"):
        await purged_broken(place)
    assert {path.name for path in place.remote.iterdir()} == before


async def test_dry_run_changes_nothing(place: Place) -> None:
    holder(place, MEMBERS[1]).unlink()
    before = {path.name: path.read_bytes() for path in place.remote.iterdir()}
    expected = await broken(place)
    result = await purged_broken(place, dry_run=True)
    assert result.purge_results is not None
    assert result.purge_results.matches == expected
    assert result.purge_results.rewritten_file_lists == 2
    assert {path.name: path.read_bytes() for path in place.remote.iterdir()} == before
    assert await broken(place) == expected


async def test_files_that_nobody_here_knows_stop_it(place: Place) -> None:
    holder(place, MEMBERS[1]).unlink()
    (place.remote / f"duplicati-b{'1' * 32}.dblock.zip").write_bytes(b"x")
    before = {path.name for path in place.remote.iterdir()}
    with pytest.raises(ExtraRemoteFiles):
        await purged_broken(place)
    assert {path.name for path in place.remote.iterdir()} == before


async def test_missing_lists_and_indexes_are_made_anew(place: Place) -> None:
    holder(place, MEMBERS[1]).unlink()
    place.volumes("dlist")[0].unlink()
    for path in place.volumes("dindex")[:2]:
        path.unlink()
    await purged_broken(place)
    await assert_sound(place)


async def test_a_stop_leaves_the_rest_to_the_next_run(place: Place) -> None:
    holder(place, MEMBERS[0]).unlink()
    stop = StopRequest()
    stop.after_file()
    assert (await purged_broken(place, stop=stop)).interrupted
    assert set(await broken_paths(place)) == set(range(VERSIONS))
    await purged_broken(place)
    await assert_sound(place)


# A delete whose answer is an error has deleted all the same, which is looked up.
FAILING: list[tuple[Operation, Action, int]] = [
    ("list", "error-before", 2), ("put", "error-during", 1), ("put", "error-after", 2),
    ("delete", "error-before", 2),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "action", "first"), FAILING)
async def test_a_destination_that_fails(
    place: Place, operation: Operation, action: Action, first: int
) -> None:
    holder(place, MEMBERS[0]).unlink()
    expected = await broken_paths(place)
    place.faults = [Fault(operation, action, first=first, times=99)]
    with pytest.raises(TriplicatiError, match="scripted failure"):
        await purged_broken(place)
    place.faults = None
    await purged_broken(place)
    await assert_sound(place)
    assert_only_broken_are_gone(place, expected)


@pytest.mark.parametrize(
    ("operation", "count"),
    [("list", 4), ("put", 1), ("put", 2), ("delete", 1), ("delete", 3)],
)
async def test_an_abort_at_any_call(place: Place, operation: str, count: int) -> None:
    holder(place, MEMBERS[0]).unlink()
    expected = await broken_paths(place)
    with aborted_after(count, operation, place):
        await purged_broken(place)
    place.wrap = None
    await purged_broken(place)
    await assert_sound(place)
    assert_only_broken_are_gone(place, expected)


async def test_the_database_lost_in_the_middle(place: Place) -> None:
    holder(place, MEMBERS[0]).unlink()
    expected = await broken_paths(place)
    with aborted_after(3, "delete", place):
        await purged_broken(place)
    place.wrap = None
    place.lose_database()
    await place.recreate()
    await purged_broken(place)
    await assert_sound(place)
    assert_only_broken_are_gone(place, expected)


def assert_only_broken_are_gone(place: Place, expected: dict[int, set[str]]) -> None:
    for number, version in enumerate(reversed(read_destination(place.remote, place.passphrase).versions)):
        shown = {os.path.relpath(entry.path, place.source) for entry in version.entries}
        wanted = {path.decode() for path in contents(place.folder / f"version-{number}")}
        assert {os.path.basename(path) for path in wanted - shown} <= expected.get(number, set())


async def test_a_list_that_cannot_be_read_is_given_up(tmp_path: Path) -> None:
    """After a lost database nobody knows what it held; one that can be read after all is not given up."""
    place = Place(tmp_path)
    for number in range(3):
        make_tree(place.source, {f"f{number}": noise(9_000, number), "often": f"{number}"})
        await place.back_up()
    first = place.volumes("dlist")[0]
    content = first.read_bytes()
    first.write_bytes(content[: len(content) // 2])
    place.lose_database()
    await place.recreate()
    first.write_bytes(content)
    with pytest.raises(UnreadListMayBeWhole):
        await purged_broken(place)
    first.write_bytes(content[: len(content) // 2])
    told: list[str] = []
    place.notify = lambda event: told.append(event.text)
    await place.verify()
    assert any('"purge-broken-files" gives it up' in text for text in told)
    assert (await purged_broken(place)).given_up_lists == 1
    assert not first.exists()
    assert (await place.compact(threshold=1)).warnings == []
    assert read_destination(place.remote, None).damage == []


async def test_a_list_that_the_passphrase_does_not_fit_is_taken_away_by_hand(tmp_path: Path) -> None:
    """It may be of another passphrase; where there was none, the message tells how to go on."""
    place = Place(tmp_path, encryption="aes")
    for number in range(2):
        make_tree(place.source, {f"f{number}": noise(9_000, number)})
        await place.back_up()
    first = place.volumes("dlist")[0]
    content = bytearray(first.read_bytes())
    content[240] ^= 255  # in what tells a right passphrase from a wrong one
    first.write_bytes(content)
    place.lose_database()
    await place.recreate()
    with pytest.raises(UnreadListNotOpened, match=first.name):
        await purged_broken(place)
    first.unlink()
    await purged_broken(place)
    assert (await place.compact(threshold=1)).warnings == []
    assert read_destination(place.remote, place.passphrase).damage == []
