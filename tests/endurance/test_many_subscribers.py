"""Five hundred listeners at ten updates a second, twenty of which never read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import trio
from support.subscribers import Listener, memory
from support.web_daemon import a_web_daemon

from triplicati_web.live import SOCKETS

pytestmark = pytest.mark.endurance

_LISTENERS, _STALLED = 480, 20
_SECONDS = 60
_UPDATES = 10
_GROWTH = 24 * 2**20


@pytest.mark.parametrize(("path", "kind"), [("/api/v2/events", "load"), ("/notifications", "legacystatus")])
async def test_five_hundred_listeners(tmp_path: Path, path: str, kind: str) -> None:
    listeners = [Listener(path) for _ in range(_LISTENERS)]
    healths: list[float] = []
    sizes: list[int] = []
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as server, trio.open_nursery() as nursery:

        async def ask() -> None:
            async with server.stranger() as client:
                while True:
                    begin = time.monotonic()
                    answer = await client.get("/health", timeout=10)
                    assert answer.status_code == 200
                    healths.append(time.monotonic() - begin)
                    sizes.append(memory())
                    await trio.sleep(1)

        for each in listeners:
            await nursery.start(each.listen, server)
        for _ in range(_STALLED):
            await nursery.start(Listener(path).stall, server)
        nursery.start_soon(ask)
        begin, number = time.monotonic(), 0
        while (past := time.monotonic() - begin) < _SECONDS:
            number += 1
            server.daemon.hub.state("load", {"number": number, "text": "x" * 500})
            server.daemon.pause.pause(1000 + number)
            await trio.sleep(max(number / _UPDATES - past, 0))
        nursery.cancel_scope.cancel()
    counts = sorted(each.received[kind] for each in listeners)
    print(f"{path}: {counts[0]} to {counts[-1]} frames each, health {max(healths):.2f} s at most")
    print(f"memory from {sizes[5] >> 20} to {sizes[-1] >> 20} MiB")
    assert counts[-1] <= _SECONDS * 4 + 5
    assert counts[0] >= _SECONDS / 2, "everybody is told, if less often while the machine is busy"
    assert max(healths[2:]) < 1
    assert max(sizes[10:]) - sizes[10] < _GROWTH
