"""Volumes in containers of old or experimental releases of Duplicati, which cannot be read here."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import Place, contents, make_tree, noise

from triplicati.errors import UnsupportedContainer


@pytest.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    found = Place(tmp_path, encryption=getattr(request, "param", ""))
    make_tree(found.source, {f"file {n:02}": noise(900 + n, n) for n in range(60)})
    await found.back_up()
    return found


def into_7z(volume: Path) -> str:
    """Only the name tells the container before it is opened."""
    renamed = volume.with_name(volume.name.replace(".zip", ".7z"))
    volume.rename(renamed)
    return renamed.name


@pytest.mark.parametrize("place", ["", "aes"], ids=["plain", "aes"], indirect=True)
async def test_a_whole_backup_in_7z_is_refused_by_the_name_of_its_list(place: Place) -> None:
    names = [into_7z(path) for kind in ("dlist", "dindex", "dblock") for path in place.volumes(kind)]
    with pytest.raises(UnsupportedContainer) as caught:
        await place.restore(place.folder / "restored", lost=True)
    assert f"The volume {names[0]} is a .7z file, which Triplicati cannot read." in caught.value.message


async def test_a_list_in_7z_is_told_and_the_versions_beside_it_are_read(place: Place) -> None:
    before = contents(place.source)
    (place.source / "file 00").write_text("newer")
    await place.back_up()
    name = into_7z(place.volumes("dlist")[-1])
    result = await place.restore(place.folder / "restored", lost=True)
    assert [problem.path for problem in result.errors] == [name]
    assert f"The volume {name} is a .7z file" in result.errors[0].text
    assert contents(place.folder / "restored") == before


async def test_data_in_7z_is_told_and_everything_else_restored(place: Place) -> None:
    index = place.volumes("dindex")
    for path in index:
        path.unlink()
    name = into_7z(place.volumes("dblock")[0])
    result = await place.restore(place.folder / "restored", lost=True)
    told = "\n".join(problem.text for problem in (*result.warnings, *result.errors))
    assert f"The volume {name} is a .7z file" in told
    assert 0 < len(result.broken_files) < 60
    assert len(contents(place.folder / "restored")) == 60 - len(result.broken_files)
