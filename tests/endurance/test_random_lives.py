"""Long random lives of backups, each always the same by its seed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.crashing import forge
from support.random_life import live

pytestmark = pytest.mark.endurance


@pytest.mark.parametrize("seed", range(100, 130))
async def test_a_long_life(seed: int, tmp_path: Path) -> None:
    with forge() as workshop:
        await live(tmp_path, seed, 25, workshop, "aes" if seed % 2 else "")
