"""A file of more than 4 GiB, most of it holes: sizes and offsets of more than 32 bits."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from support.engine import Place

from triplicati.formats.manifest import VolumeFormat

pytestmark = pytest.mark.endurance

_SIZE = (4 << 30) + 12_345
_MARKS = {0: b"begin", (2 << 30) - 3: b"across 2 GiB", (4 << 30) - 3: b"across 4 GiB", _SIZE - 3: b"end"}


async def test_a_huge_file_with_holes(tmp_path: Path) -> None:
    place = Place(tmp_path, form=VolumeFormat(1 << 20))
    place.source.mkdir()
    with (place.source / "huge").open("wb") as file:
        file.truncate(_SIZE)
        for at, text in _MARKS.items():
            file.seek(at)
            file.write(text)
    begin = time.monotonic()
    made = await place.back_up(volume_size=50 << 20)
    assert made.errors == []
    assert made.size_of_added_files == os.path.getsize(place.source / "huge") == _SIZE
    assert sum(path.stat().st_size for path in place.remote.iterdir()) < 1 << 20, "holes are one block"
    assert (await place.back_up(volume_size=50 << 20)).unchanged
    place.lose_database()
    await place.recreate()
    restored = await place.restore(tmp_path / "out")
    assert restored.errors == []
    print(f"a huge file took {time.monotonic() - begin:.1f} s")
    with (tmp_path / "out" / "huge").open("rb") as file:
        assert file.seek(0, os.SEEK_END) == _SIZE
        for at, text in _MARKS.items():
            file.seek(at)
            assert file.read(len(text)) == text
    (tmp_path / "out" / "huge").unlink()
