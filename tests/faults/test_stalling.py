"""A destination that falls silent: the transfer ends, is tried again, and at last gives a typed error."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing
from support.engine import Place
from support.independent_reader import read_destination

from triplicati.engine.backup import backup
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.stopping import StopRequest
from triplicati.errors import DestinationError, TransferStalled
from triplicati.index.database import open_database
from triplicati.storage.faults import Fault


async def test_a_transfer_that_stands_still_is_ended(autojump_clock: trio.testing.MockClock) -> None:
    with pytest.raises(TransferStalled, match="no progress for 30 seconds"):
        await unless_stalled("x", 30, trio.sleep_forever, lambda: 0)
    assert 30 <= trio.current_time() <= 40


async def test_a_slow_one_that_moves_is_not(autojump_clock: trio.testing.MockClock) -> None:
    moved = 0

    async def crawl() -> str:
        nonlocal moved
        for _ in range(100):
            await trio.sleep(20)
            moved += 1
        return "done"

    assert await unless_stalled("x", 30, crawl, lambda: moved) == "done"


async def test_its_own_error_comes_through(autojump_clock: trio.testing.MockClock) -> None:
    async def fail() -> None:
        raise DestinationError(reason="refused")

    with pytest.raises(DestinationError, match="refused"):
        await unless_stalled("x", 30, fail, lambda: 0)


async def test_cancelling_it_is_no_stall() -> None:
    with trio.move_on_after(0.01) as scope:
        await unless_stalled("x", 30, trio.sleep_forever, lambda: 0)
    assert scope.cancelled_caught


async def test_a_silent_upload_is_tried_again_under_a_new_name(tmp_path: Path) -> None:
    place = Place(tmp_path, faults=[Fault("put", "silence", match="dblock")])
    place.source.mkdir()
    (place.source / "file").write_text("content")
    place.database.parent.mkdir()
    remote = place.connect()
    remote.patience = 0.1
    async with open_database(place.database) as database:
        result = await backup(remote, database, place.settings(), StopRequest())
    assert (result.added_files, result.errors) == (1, [])
    assert place.used is not None
    tried = [name for operation, name in place.used.calls if operation == "put" and "dblock" in name]
    assert len(set(tried)) == 2
    assert read_destination(place.remote, None).problems == []
