"""Requests that are never answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio
import trio.testing
from support.conformance import Bytes, fetched
from support.far import FarDestination

from triplicati.errors import DestinationError
from triplicati.storage.deadlines import TimedDestination
from triplicati.storage.kinds.file import LocalFolder


class Hanging(FarDestination):
    async def list(self) -> list:  # type: ignore[type-arg]  # it gives nothing
        await trio.sleep_forever()

    async def delete(self, name: str) -> None:
        await trio.sleep_forever()

    async def test(self) -> None:
        await trio.sleep_forever()

    async def create_folder(self) -> None:
        await trio.sleep_forever()


async def test_each_request_has_its_time(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    hanging = TimedDestination(Hanging(LocalFolder(tmp_path)), short=30, listing=600)
    short: list[Callable[[], Awaitable[object]]] = [
        lambda: hanging.delete("a"),
        hanging.test,
        hanging.create_folder,
    ]
    for request in (hanging.list, *short):
        seconds, option = (600, "list-timeout") if request == hanging.list else (30, "short-timeout")
        begin = trio.current_time()
        with pytest.raises(DestinationError, match=f"within {seconds} seconds; --{option}"):
            await request()
        assert trio.current_time() - begin == pytest.approx(seconds)


async def test_what_is_answered_goes_through(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    timed = TimedDestination(LocalFolder(tmp_path / "there"), short=0, listing=0)
    await timed.test()
    await timed.put("a", Bytes(tmp_path, b"content"))
    assert [each.name for each in await timed.list()] == ["a"]
    assert await fetched(timed, "a") == b"content"
    await timed.delete("a")
    assert await timed.list() == []
