"""The encryption of a destination is changed, and whatever happens on the way, every version stays readable
with one of two passphrases for each volume."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.engine import PASSPHRASE, Place, tree
from support.independent_reader import read_destination
from support.reencrypting import (
    OTHER,
    VERSIONS,
    WithBoth,
    assert_changed,
    grown,
    passphrases,
    reencrypted,
    renewed,
    settings_of,
)
from support.stock import Stock, stocked

from triplicati.engine.encrypting_anew import encrypt_anew
from triplicati.engine.opening import Expected, Keys, open_volume
from triplicati.engine.stopping import StopRequest
from triplicati.engine.volume_files import VolumeWriting
from triplicati.errors import ReencryptionOther, ReencryptionUnfinished, WrongPassphrase
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.database import open_database
from triplicati.index.filesets import filesets
from triplicati.index.reencrypting import FROM, unfinished
from triplicati.index.volumes import VolumeRow, all_volumes


@pytest.mark.parametrize(
    ("old", "new"), [("aes", "aes"), ("aes", ""), ("gpg", "aes")]
)
async def test_changed(old: str, new: str, tmp_path: Path) -> None:
    place = Place(tmp_path, encryption=old)
    await grown(place)
    before = len(list(place.remote.iterdir()))
    result = await reencrypted(place, new, passphrases(old, new)[1], old=passphrases(old, new)[0])
    assert (result.errors, result.warnings, result.left, result.interrupted) == ([], [], 0, False)
    assert len(list(place.remote.iterdir())) == before
    await assert_changed(place, new)
    repeated = await reencrypted(place, new, passphrases(old, new)[1], old=passphrases(old, new)[0])
    assert (repeated.downloaded_file_count, repeated.uploaded_file_count) == (0, 0)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return stocked(tmp_path_factory.mktemp("reencrypt"), grown, encryption="aes")


@pytest.fixture
def place(stock: Stock) -> Iterator[Place]:
    with stock.copied() as found:
        yield found


async def test_a_budget_ends_it_early_and_the_next_run_goes_on(place: Place) -> None:
    first = await reencrypted(place, "aes", budget_bytes=1)
    assert first.interrupted
    assert 0 < first.reencrypted_file_count <= 8
    assert first.left > 0
    assert FROM in await settings_of(place)
    second = await reencrypted(place, "aes")
    assert (second.left, second.interrupted) == (0, False)
    assert second.reencrypted_file_count == first.left  # nothing twice
    await assert_changed(place, "aes")


async def test_a_stop_ends_it_early(place: Place) -> None:
    stop = StopRequest()
    stop.after_file()
    result = await reencrypted(place, "aes", stop=stop)
    assert (result.interrupted, result.reencrypted_file_count) == (True, 0)
    await reencrypted(place, "aes")
    await assert_changed(place, "aes")


async def test_meanwhile_it_takes_both_passphrases(place: Place) -> None:
    await reencrypted(place, "aes", budget_bytes=1)
    for one in (PASSPHRASE, OTHER):
        with pytest.raises(ReencryptionUnfinished):
            await reencrypted(place, "aes", one, old=one)
    with pytest.raises(ReencryptionUnfinished):
        await reencrypted(place, "aes", "a third one")
    with pytest.raises(ReencryptionOther):
        await reencrypted(place, "aes", PASSPHRASE, old=OTHER)
    await reencrypted(place, "aes")
    await assert_changed(place, "aes")


async def test_a_wrong_old_passphrase_changes_nothing(place: Place) -> None:
    before = {path.name for path in place.remote.iterdir()}
    with pytest.raises(WrongPassphrase):
        await reencrypted(place, "aes", old="wrong")
    assert {path.name for path in place.remote.iterdir()} == before
    assert not unfinished(await settings_of(place))


@pytest.mark.parametrize("new", ["aes", ""])
async def test_the_database_is_lost_in_the_middle(place: Place, new: str) -> None:
    passphrase = OTHER if new else None
    await reencrypted(place, new, passphrase, budget_bytes=1)
    shutil.rmtree(place.database.parent)
    both = WithBoth(place.folder, encryption="aes")
    await both.recreate()
    result = await both.restore(place.folder / "between")
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "between") == tree(place.source)
    result_of_change = await reencrypted(place, new, passphrase)
    assert (result_of_change.warnings, result_of_change.left) == ([], 0)
    await assert_changed(place, new)


async def test_a_database_made_with_the_old_passphrase_alone(place: Place) -> None:
    """It knows nothing of what has the new one, and nothing of that is spoiled."""
    await reencrypted(place, "aes", budget_bytes=1)
    shutil.rmtree(place.database.parent)
    await place.recreate()
    await reencrypted(place, "aes")
    after = renewed(place, "aes")
    shutil.rmtree(place.database.parent)
    await after.recreate()
    await assert_changed(place, "aes")


async def test_lists_of_one_time_count_once_when_the_database_is_made_anew(place: Place) -> None:
    """Killed between the arrival of an unencrypted list and the deletion of the encrypted one."""
    first = place.volumes("dlist")[0]
    kept = first.read_bytes()
    await reencrypted(place, "", None)
    first.write_bytes(kept)
    shutil.rmtree(place.database.parent)
    await place.recreate()
    plain = renewed(place, "")
    async with open_database(plain.database) as database:
        assert len(await database.read(filesets)) == VERSIONS
    await reencrypted(place, "", None)
    await assert_changed(place, "")


async def test_two_lists_of_one_time_that_differ_both_stay(place: Place) -> None:
    first, second = place.volumes("dlist")[:2]
    await reencrypted(place, "", None)
    plain = [place.remote / each.name.removesuffix(".aes") for each in (first, second)]
    odd = plain[0].with_name(f"{plain[0].name}.aes")
    writing = VolumeWriting(VolumeFormat(1024), "aes", Keys(PASSPHRASE), place.temporary)
    odd.write_bytes(_anew(plain[1], writing).read_bytes())
    shutil.rmtree(place.database.parent)
    await place.recreate()
    async with open_database(place.database) as database:
        states = {row.name: row.state for row in await database.read(lambda c: all_volumes(c, "dlist"))}
    assert {states[odd.name], states[plain[0].name]} == {"Uploaded"}


async def test_a_half_list_beside_a_whole_one_is_of_no_harm(place: Place) -> None:
    """Killed while an unencrypted list was sent, and the database is lost."""
    first = place.volumes("dlist")[0]
    content = first.read_bytes()
    await reencrypted(place, "", None)
    half = place.remote / first.name.removesuffix(".aes")
    half.write_bytes(half.read_bytes()[:100])
    first.write_bytes(content)
    shutil.rmtree(place.database.parent)
    await place.recreate()
    await reencrypted(place, "", None)
    await assert_changed(place, "")


async def test_a_dry_run_changes_nothing(place: Place) -> None:
    before = {path.name: path.read_bytes() for path in place.remote.iterdir()}
    result = await reencrypted(place, "aes", dry_run=True)
    assert result.reencrypted_file_count == len(place.volumes("dblock")) + VERSIONS
    assert {path.name: path.read_bytes() for path in place.remote.iterdir()} == before
    assert not unfinished(await settings_of(place))


async def test_a_damaged_volume_keeps_its_encryption_until_it_was_tested(place: Place) -> None:
    victim = place.volumes("dblock")[0]
    content = bytearray(victim.read_bytes())
    content[-40] ^= 1
    victim.write_bytes(content)
    result = await reencrypted(place, "aes")
    assert [each.id for each in result.warnings] == ["VolumeNotReencrypted"]
    assert (result.left, result.skipped, result.interrupted) == (1, 1, False)
    assert unfinished(await settings_of(place))
    await WithBoth(place.folder, encryption="aes").verify()
    again = await reencrypted(place, "aes")
    assert (again.left, again.skipped) == (0, 0)
    assert {each.id for each in again.warnings} == {"DamagedVolumes"}
    after = renewed(place, "aes")
    assert read_destination(after.remote, OTHER).versions
    await after.back_up()
    restored = await after.restore(place.folder / "restored")
    assert (restored.errors, tree(place.folder / "restored")) == ([], tree(place.source))


@pytest.mark.parametrize(("old", "new"), [("", "aes"), ("aes", ""), ("aes", "aes")])
def test_the_container_in_it_stays_as_it_is(place: Place, tmp_path: Path, old: str, new: str) -> None:
    source = place.volumes("dblock")[0]
    if not old:
        writing = VolumeWriting(VolumeFormat(1024), "", Keys(other=PASSPHRASE), tmp_path)
        source = _anew(source, writing).rename(tmp_path / source.name.removesuffix(".aes"))
    writing = VolumeWriting(VolumeFormat(1024), new, Keys(OTHER, other=PASSPHRASE), tmp_path)
    made = _anew(source, writing)
    assert _plain(made, f"{source.name.removesuffix('.aes')}{'.aes' if new else ''}", OTHER) == _plain(
        source, source.name, PASSPHRASE
    )


def _anew(path: Path, writing: VolumeWriting) -> Path:
    row = VolumeRow(1, path.name, "dblock", "Verified", path.stat().st_size, None)
    made = encrypt_anew(path, row, writing, Expected(), lambda: None)
    assert made is not None
    return made.path


def _plain(path: Path, name: str, passphrase: str) -> bytes:
    with open_volume(path, name, Keys(passphrase), Expected()) as reader:
        return reader._read_at(0, reader._length)
