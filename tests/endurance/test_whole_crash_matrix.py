"""A power cut at every named point of each operation that writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.crash_matrix import kill_and_check, set_scene
from support.crash_operations import OPERATIONS
from support.crashing import forge

pytestmark = pytest.mark.endurance


@pytest.mark.parametrize("encryption", ["", "aes"])
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_killed_at_every_point(operation: str, encryption: str, tmp_path: Path) -> None:
    failed = []
    with forge() as workshop:
        scene = await set_scene(tmp_path, operation, workshop, encryption=encryption)
        for point in scene.points:
            try:
                await kill_and_check(scene, point, workshop)
            except AssertionError as error:
                failed.append(f"{point}: {str(error)[:500]}")
    print(f"{operation} {encryption}: {len(scene.points)} points")
    assert failed == [], "\n".join(failed)
