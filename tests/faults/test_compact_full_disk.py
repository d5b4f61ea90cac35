"""Compacting where there is no room for a new volume."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import Place, make_tree, noise, tree
from support.independent_reader import read_destination
from support.small_disk import small_disk

from triplicati.engine.settings import Retention
from triplicati.errors import DiskFull


async def test_the_folder_for_new_volumes_is_full(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"stays": noise(12_000, 1)})
    for number in range(4):
        for file in range(20):
            (place.source / f"new-{number}-{file}").write_bytes(noise(1_500, 100 * number + file))
            if file % 3:
                (place.source / f"new-{number - 1}-{file}").unlink(missing_ok=True)
        await place.back_up(retention=Retention(keep_versions=1))
    with small_disk(tmp_path / "small") as disk:
        disk.fill(4_000)
        with pytest.raises(DiskFull):
            await place.compact(upload_folder=str(disk.path), threshold=1)
        disk.clear()
    found = read_destination(place.remote, None)
    assert found.damage == []
    assert (await place.compact(threshold=1)).uploaded_file_count > 0
    result = await place.restore(tmp_path / "restored", lost=True)
    assert result.errors == []
    assert tree(tmp_path / "restored") == tree(place.source)
