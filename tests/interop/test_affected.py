"""Which versions and files need a volume, compared with what an independent reader finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.engine import Place, make_tree, noise
from support.independent_reader import dblocks_needed, read_destination

from triplicati.engine.affected import affected
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.messages.results import AffectedResult


@pytest.fixture(params=["", "aes"])
async def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """Three versions with files of one block and of several, some of them shared."""
    found = Place(tmp_path, encryption=request.param)
    make_tree(found.source, {f"f{n}": noise(3000 + n, n) for n in range(12)} | {"empty": "", "same": "x"})
    await found.back_up()
    make_tree(found.source, {"big": noise(90_000, 99), "copy": noise(3001, 1), "f3": noise(5000, 77)})
    await found.back_up()
    make_tree(found.source, {"f5": "small now"})
    await found.back_up()
    return found


async def ask(place: Place, names: Sequence[str], **limits: int | None) -> tuple[AffectedResult, Report]:
    report = Report()
    async with open_database(place.database) as database:
        return await affected(database, names, report, **limits), report


@pytest.mark.parametrize("rebuilt", [False, True])
async def test_every_volume(place: Place, rebuilt: bool) -> None:
    if rebuilt:
        place.lose_database()
        await place.recreate()
    destination = read_destination(place.remote, place.passphrase)
    versions = list(reversed(destination.versions))
    for path in place.volumes("dblock"):
        files: set[str] = set()
        numbers = []
        for number, version in enumerate(versions):
            hit = {each.path for each in version.entries if path.name in dblocks_needed(destination, each)}
            files |= hit
            numbers += [number] if hit else []
        result, _ = await ask(place, [path.name], limit=None)
        assert result.files == sorted(files)
        assert result.file_count == len(files)
        assert [each.number for each in result.versions] == numbers


async def test_an_index_stands_for_its_dblocks(place: Place) -> None:
    whole, _ = await ask(place, [path.name for path in place.volumes("dblock")], limit=None)
    indexed, _ = await ask(place, [path.name for path in place.volumes("dindex")], limit=None)
    assert indexed.files == whole.files
    assert len(whole.versions) == 3


async def test_a_list_stands_for_its_version(place: Place) -> None:
    oldest = place.volumes("dlist")[0].name
    result, _ = await ask(place, [oldest], limit=None)
    assert [each.number for each in result.versions] == [2]
    destination = read_destination(place.remote, place.passphrase)
    assert result.files == sorted(each.path for each in destination.versions[0].entries)


async def test_only_the_first_paths(place: Place) -> None:
    result, _ = await ask(place, [path.name for path in place.volumes("dlist")])
    assert len(result.files) == 11
    assert result.file_count == 17


async def test_an_unknown_name_is_a_warning(place: Place) -> None:
    result, report = await ask(place, ["duplicati-b00.dblock.zip"])
    assert (result.versions, result.file_count) == ([], 0)
    assert [each.id for each in report.warnings] == ["UnknownVolume"]
