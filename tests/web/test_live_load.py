"""Listeners that do not read slow nobody down. The large run of it is in tests/endurance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from support.subscribers import Listener
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati_web.live import SOCKETS

_SECONDS = 2.0
_UPDATES = 10
_LONG = "x" * 20_000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as made:
        yield made


@pytest.mark.parametrize(("path", "kind"), [("/api/v2/events", "load"), ("/notifications", "legacystatus")])
async def test_twenty_listen_and_three_do_not(server: WebDaemon, path: str, kind: str) -> None:
    listeners = [Listener(path) for _ in range(20)]
    async with trio.open_nursery() as nursery:
        for each in listeners:
            await nursery.start(each.listen, server)
        for _ in range(3):
            await nursery.start(Listener(path).stall, server)
        with trio.fail_after(30):
            for number in range(int(_SECONDS * _UPDATES)):
                server.daemon.hub.state("load", f"{number}{_LONG}")
                server.daemon.pause.pause(1000 + number)
                await trio.sleep(1 / _UPDATES)
            answer = await server.client.get("/health", timeout=1)
            assert answer.status_code == 200
            await trio.sleep(0.3)
        nursery.cancel_scope.cancel()
    for each in listeners:
        assert _SECONDS * 2 <= each.received[kind] <= _SECONDS * 4 + 3
