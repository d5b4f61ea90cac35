"""How many volumes are on their way at once when a database is made anew."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import trio
from support.engine import Place, canonical, make_tree, noise

from triplicati.storage.destination import Destination, Write


class Counting:
    """A destination that notes how many indexes are fetched from it at the same time; the first ones wait
    until there are `together`."""

    def __init__(self, inner: Destination, together: int) -> None:
        self._inner = inner
        self._together = together
        self._enough = trio.Event()
        self._now = self.most = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def local(self, name: str) -> Path | None:
        return None

    async def get(self, name: str, write: Write) -> None:
        if ".dindex." not in name:
            return await self._inner.get(name, write)
        self._now += 1
        self.most = max(self.most, self._now)
        if self._now >= self._together:
            self._enough.set()
        with trio.fail_after(10):
            await self._enough.wait()
        await self._inner.get(name, write)
        self._now -= 1
        return None


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, {"large": noise(90_000)})
    await found.back_up()
    return found


@pytest.mark.parametrize(("free", "expected"), [(0, 1), (1 << 40, 4)])
async def test_no_more_than_there_is_room_for(
    place: Place, free: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triplicati.engine.reading_ahead.free_bytes", lambda _: free)
    seen: list[Counting] = []

    def counting(inner: Destination) -> Destination:
        seen.append(Counting(inner, expected))
        return cast("Destination", seen[-1])

    place.wrap = counting
    fresh = place.folder / "fresh" / "index.sqlite"
    await place.recreate(fresh)
    assert [each.most for each in seen] == [expected]
    assert await canonical(fresh) == await canonical(place.database)
