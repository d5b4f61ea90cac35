"""A power cut at every named point of a change of the encryption."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import crash_operations
from support.crashing import forge
from support.engine import Place
from support.reencrypting import grown, killed_and_checked

pytestmark = pytest.mark.endurance


@pytest.mark.parametrize("operation", sorted(crash_operations.CHANGES))
async def test_killed_at_every_point(operation: str, tmp_path: Path) -> None:
    place = Place(tmp_path / "work", encryption="aes")
    place.folder.mkdir()
    await grown(place)
    with forge() as workshop:
        count = await killed_and_checked(place, operation, workshop, lambda points: points)
    assert count > 50
