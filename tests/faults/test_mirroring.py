"""A copy of a backup at another destination, whatever happens on the way: every version that is listed there
can be restored from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import Place, contents, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.engine.mirroring import MirrorSettings, mirror
from triplicati.engine.outcome import settled
from triplicati.engine.remote import Remote, RetryRule
from triplicati.engine.settings import Retention
from triplicati.engine.stopping import StopRequest
from triplicati.errors import DestinationError, MirrorTargetForeign, VolumeDiffers
from triplicati.index.database import open_database
from triplicati.index.volumes import all_volumes
from triplicati.messages.results import MirrorResult
from triplicati.storage.destination import Destination
from triplicati.storage.faults import Fault, FaultyDestination
from triplicati.storage.kinds.file import LocalFolder


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    found = Place(tmp_path, encryption="aes")
    make_tree(found.source, {"noise": noise(50_000), "small/one": "1"})
    await found.back_up()
    return found


async def change(place: Place) -> None:
    """Another version; the first one and its data go."""
    (place.source / "noise").write_bytes(noise(50_000, 2))
    await place.back_up(retention=Retention(keep_versions=1))
    await place.compact()


async def copy(place: Place, faults: list[Fault] | None = None, **settings: object) -> MirrorResult:
    remote = place.connect()
    destination: Destination = LocalFolder(place.folder / "copy")
    if faults is not None:
        destination = FaultyDestination(destination, faults)
    target = Remote(
        destination, "duplicati", remote.keys, remote.report, RetryRule(0, 0.0), create_folder=True
    )
    async with open_database(place.database) as database:
        volumes = await database.read(all_volumes)
    digests = {row.name: row.hash for row in volumes if row.hash is not None}
    wanted = MirrorSettings(**settings)  # type: ignore[arg-type]  # the fields of the struct
    return await settled(lambda: mirror(remote, target, digests, (), wanted, StopRequest()))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def assert_restorable(place: Place) -> int:
    """The number of versions in the copy."""
    found = read_destination(place.folder / "copy", place.passphrase)
    harmless = ("no version needs", "described in no dindex", "the encrypted body was changed")
    assert [each for each in found.problems if not any(kind in each for kind in harmless)] == []
    return len(found.versions)


async def test_both_hold_the_same(place: Place) -> None:
    done = await copy(place)
    assert names(place.folder / "copy") == names(place.remote)
    assert done.copied_file_count == len(names(place.remote))
    assert done.copied_file_size == sum(path.stat().st_size for path in place.remote.glob("*.aes"))
    assert (await copy(place)).copied_file_count == 0
    await change(place)
    done = await copy(place)
    assert names(place.folder / "copy") == names(place.remote)
    assert done.deleted_file_count > 0
    elsewhere = Place(place.folder / "elsewhere", encryption="aes")
    elsewhere.folder.mkdir()
    (place.folder / "copy").rename(elsewhere.remote)
    await elsewhere.restore(elsewhere.folder / "out", lost=True)
    assert tree(elsewhere.folder / "out") == tree(place.source)


@pytest.mark.parametrize(
    ("operation", "action"), [("put", "error-during"), ("put", "error-after"), ("delete", "error-after")]
)
async def test_interrupted_anywhere_every_listed_version_is_whole(
    place: Place, operation: str, action: str
) -> None:
    await copy(place)
    await change(place)
    for call in range(1, 5):
        fault = Fault(operation, action, first=call, times=99)  # type: ignore[arg-type]  # of the literals
        try:
            await copy(place, [fault])
        except DestinationError:
            assert_restorable(place)
    await copy(place)
    assert names(place.folder / "copy") == names(place.remote)
    assert assert_restorable(place) == 1


async def test_nothing_goes_before_the_new_is_seen(place: Place) -> None:
    """A store that lists late: the copy is there, but the listing does not say so yet."""
    await copy(place)
    before = names(place.folder / "copy")
    await change(place)
    await copy(place, [Fault("list", "stale", first=2, times=9)])
    assert names(place.folder / "copy") == before | names(place.remote)
    await copy(place)
    assert names(place.folder / "copy") == names(place.remote)


async def test_a_folder_of_another_backup_is_let_be(place: Place) -> None:
    other = Place(place.folder / "other", encryption="aes")
    make_tree(other.source, {"a": "a"})
    await other.back_up()
    other.remote.rename(place.folder / "copy")
    before = names(place.folder / "copy")
    with pytest.raises(MirrorTargetForeign):
        await copy(place)
    assert names(place.folder / "copy") == before
    await copy(place, force=True)
    assert names(place.folder / "copy") == names(place.remote)


async def test_files_that_are_no_volumes_stay(place: Place) -> None:
    await copy(place)
    (place.folder / "copy" / "letter.txt").write_text("mine")
    await change(place)
    await copy(place)
    assert names(place.folder / "copy") == names(place.remote) | {"letter.txt"}


async def test_a_volume_that_was_cut_short_is_copied_again(place: Place) -> None:
    with pytest.raises(DestinationError):
        await copy(place, [Fault("put", "truncate"), Fault("put", "error-before", first=2)])
    await copy(place)
    assert_restorable(place)


async def test_damage_at_the_source_does_not_spread(place: Place) -> None:
    volume = place.volumes("dblock")[0]
    data = bytearray(volume.read_bytes())
    data[100] ^= 1
    volume.write_bytes(data)
    with pytest.raises(VolumeDiffers):
        await copy(place)
    assert names(place.folder / "copy").isdisjoint({volume.name, *map(_name, place.volumes("dlist"))})


def _name(path: Path) -> str:
    return path.name


async def test_outdated_volumes_can_be_kept_under_another_name(place: Place) -> None:
    await copy(place)
    before = names(place.folder / "copy")
    await change(place)
    done = await copy(place, keeps_old=True)
    gone = before - names(place.remote)
    assert (done.renamed_file_count, done.deleted_file_count) == (len(gone), 0)
    kept = {name.split(".old.")[1] for name in names(place.folder / "copy") if ".old." in name}
    assert kept == gone
    assert_restorable(place)
    assert (await copy(place, keeps_old=True)).renamed_file_count == 0


async def test_contents_are_compared_and_made_right(place: Place) -> None:
    await copy(place)
    volume = place.folder / "copy" / place.volumes("dblock")[0].name
    good = volume.read_bytes()
    volume.write_bytes(bytes(len(good)))
    assert (await copy(place)).copied_file_count == 0
    done = await copy(place, checks_all=True)
    assert (done.failed_verification_count, done.copied_file_count) == (1, 1)
    assert volume.read_bytes() == good
    assert done.verified_file_count == len(names(place.remote)) - 1


async def test_what_was_copied_is_looked_at_again(place: Place) -> None:
    """A destination that stores half of a file and says nothing."""
    done = await copy(place, [Fault("put", "truncate")], checks_copies=True)
    assert done.failed_verification_count == 1
    assert done.verified_file_count == done.copied_file_count == len(names(place.remote))
    assert_restorable(place)


async def test_a_dry_run_changes_nothing(place: Place) -> None:
    done = await copy(place, dry_run=True)
    assert done.copied_file_count == len(names(place.remote))
    assert not (place.folder / "copy").exists() or not names(place.folder / "copy")


async def test_contents_of_the_restored_copy(place: Place) -> None:
    await copy(place)
    for path in place.remote.iterdir():
        path.unlink()
    for path in (place.folder / "copy").iterdir():
        if path.is_file():
            path.rename(place.remote / path.name)
    await place.restore(place.folder / "out", lost=True)
    assert contents(place.folder / "out") == contents(place.source)
