"""A restore from the other end of a line: volumes come before they are asked for, and only so many."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from support.engine import Place, contents, make_tree, noise
from support.far import FarDestination

from triplicati.engine.fetch_ahead import FetchedAhead
from triplicati.errors import DestinationError
from triplicati.storage.destination import Destination, Write
from triplicati.storage.kinds.file import LocalFolder


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """With some fifteen volumes of 20 kB."""
    place = Place(tmp_path)
    make_tree(place.source, {f"f{number:02}": noise(18_000, number) for number in range(15)})
    await place.back_up()
    assert len(place.volumes("dblock")) >= 14
    return place


class Slow(FarDestination):
    """Each file takes a while; `most` were on their way at once."""

    def __init__(self, folder: Destination) -> None:
        super().__init__(folder)
        self.busy = self.most = 0

    async def get(self, name: str, write: Write) -> None:
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            await trio.sleep(0.03)
            await super().get(name, write)
        finally:
            self.busy -= 1


async def test_volumes_come_side_by_side_and_once(place: Place, tmp_path: Path) -> None:
    slow = Slow(LocalFolder(place.remote))
    place.wrap = lambda _: slow
    result = await place.restore(tmp_path / "back")
    assert not result.errors
    assert contents(tmp_path / "back") == contents(place.source)
    gets = [name for _, name in slow.calls]
    assert sorted(gets) == sorted({path.name for path in place.volumes("dblock")})
    assert 3 <= slow.most <= 6
    assert list(place.temporary.iterdir()) == []


async def test_what_cannot_be_fetched_is_told_and_the_rest_comes(place: Place, tmp_path: Path) -> None:
    lost = place.volumes("dblock")[3]
    lost.unlink()
    place.wrap = lambda _: Slow(LocalFolder(place.remote))
    result = await place.restore(tmp_path / "back")
    assert any(lost.name in str(problem) for problem in result.errors)
    assert 12 <= len(contents(tmp_path / "back")) < 15


async def test_a_restore_that_is_stopped_leaves_nothing(place: Place, tmp_path: Path) -> None:
    class Stops(Slow):
        async def get(self, name: str, write: Write) -> None:
            await super().get(name, write)
            if len(self.calls) >= 6:  # others may have begun meanwhile
                scope.cancel()

    place.wrap = lambda _: Stops(LocalFolder(place.remote))
    with trio.CancelScope() as scope:
        await place.restore(tmp_path / "back")
    assert scope.cancelled_caught
    assert list(place.temporary.iterdir()) == []


async def test_little_room_means_few_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(LocalFolder(place.remote))
    place.wrap = lambda _: slow
    monkeypatch.setattr("triplicati.engine.fetch_ahead.free_bytes", lambda _: 130_000)
    volumes = [(path.name, path.stat().st_size) for path in place.volumes("dblock")]
    ahead = FetchedAhead(place.connect(), volumes, 2)
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ahead.run)
            for name, size in volumes:
                async with ahead.taken(name) as path:
                    assert path.stat().st_size == size
    assert slow.most == 2


async def test_an_error_comes_out_where_the_volume_is_taken(place: Place) -> None:
    names = [(path.name, -1) for path in place.volumes("dblock")[:2]]
    place.volumes("dblock")[0].unlink()
    place.wrap = lambda _: Slow(LocalFolder(place.remote))
    ahead = FetchedAhead(place.connect(), names, 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ahead.run)
        with pytest.raises(DestinationError):
            async with ahead.taken(names[0][0]):
                pass
        async with ahead.taken(names[1][0]) as path:
            assert path.exists()
