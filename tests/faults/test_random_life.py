"""Short random lives; `tests/endurance` has long ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.crashing import forge
from support.random_life import live


@pytest.mark.parametrize(
    ("seed", "encryption"), [(1, ""), pytest.param(2, "aes", marks=pytest.mark.endurance)]
)
async def test_a_short_life(seed: int, encryption: str, tmp_path: Path) -> None:
    with forge() as workshop:
        await live(tmp_path, seed, 8, workshop, encryption)
