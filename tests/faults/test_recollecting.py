"""Lost data volumes: what of them is still on this machine is stored again by repair."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import Content, Place, contents, make_tree, noise
from support.independent_reader import read_destination

from triplicati.engine.outcome import settled
from triplicati.engine.repair import Repaired, repair
from triplicati.engine.settings import UpkeepSettings
from triplicati.index.database import open_database


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """Two versions; some data is in the older one only. Files are of one block, of several, and of several
    blocklists."""
    found = Place(tmp_path, encryption="aes")
    files: dict[str, Content] = {"many": noise(90_000), "text": "words " * 900}
    files |= {"folder/one": "1", "gone": noise(9_000, 4)}
    make_tree(found.source, files)
    await found.back_up()
    (found.source / "gone").unlink()
    (found.source / "later").write_bytes(noise(30_000, 8))
    await found.back_up()
    return found


async def rebuilt(place: Place, rebuild: str = "partial") -> Repaired:
    remote = place.connect()
    settings = UpkeepSettings(
        encryption=place.encryption,
        upload_folder=str(place.temporary),
        rebuild=rebuild,  # type: ignore[arg-type]  # of the literals
    )
    async with open_database(place.database) as database:
        done = await settled(lambda: repair(remote, database, settings))
    assert done is not None
    return done


async def test_all_that_the_source_has_is_back(place: Place) -> None:
    for path in place.volumes("dblock"):
        path.unlink()
    done = await rebuilt(place)
    assert done.found > 100
    result = await place.restore(place.folder / "out", lost=True)
    assert result.broken_files == []  # what is told to be lost was deleted from the source
    assert contents(place.folder / "out") == contents(place.source)
    damage = read_destination(place.remote, place.passphrase).damage
    # Of the older version a file and the time of its folder are lost with it.
    assert all("source/gone'" in each or "source/'" in each for each in damage), damage


async def test_a_changed_file_gives_what_is_still_the_same_in_it(place: Place) -> None:
    for path in place.volumes("dblock"):
        path.unlink()
    with (place.source / "many").open("r+b") as file:
        file.write(b"changed")
    done = await rebuilt(place)
    assert done.found > 80
    found = read_destination(place.remote, place.passphrase)
    lost = [each for each in found.damage if "many" in each]
    assert lost


async def test_all_or_nothing(place: Place) -> None:
    (place.source / "later").unlink()
    for path in place.volumes("dblock"):
        path.unlink()
    assert (await rebuilt(place, "whole")).found == 0
    assert place.volumes("dblock") == []
    (place.source / "later").write_bytes(noise(30_000, 8))
    (place.source / "gone").write_bytes(noise(9_000, 4))
    assert (await rebuilt(place, "partial")).found > 100


async def test_nothing_is_lost(place: Place) -> None:
    before = sorted(path.name for path in place.remote.iterdir())
    assert not (await rebuilt(place)).anything
    assert sorted(path.name for path in place.remote.iterdir()) == before
