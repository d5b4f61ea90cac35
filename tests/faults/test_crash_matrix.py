"""A power cut at named points of each operation that writes, a few of them; `tests/endurance` has all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from support.crash_matrix import kill_and_check, set_scene
from support.crash_operations import OPERATIONS
from support.crashing import Forge, forge

_SOME = 2


@pytest.fixture(scope="module")
def workshop() -> Iterator[Forge]:
    with forge() as found:
        yield found


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_killed_at_some_points(operation: str, workshop: Forge, tmp_path: Path) -> None:
    scene = await set_scene(tmp_path, operation, workshop)
    assert len(scene.points) > _SOME
    for point in sorted(Random(operation).sample(scene.points, _SOME)):
        try:
            await kill_and_check(scene, point, workshop)
        except AssertionError as error:
            raise AssertionError(f"{operation}, killed at {point}: {error}") from error
