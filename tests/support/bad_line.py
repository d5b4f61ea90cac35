"""A bad line: a TCP proxy on loopback that adds latency, throttles, drops connections and falls silent."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

_READ = 1 << 16


class Line:
    """`latency` in seconds for each direction, `rate` in bytes a second for each direction of all
    connections together, `drop_after` the bytes after which a connection breaks; `silent`: nothing goes
    through any more. All may change meanwhile. `opened` and `carried` count."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.port = 0
        self.latency = 0.0
        self.rate = math.inf
        self.drop_after = math.inf
        self.silent = False
        self.opened = 0
        self.dropped = 0
        self.carried = 0
        self._streams: set[trio.SocketStream] = set()
        self._free = {"up": 0.0, "down": 0.0}

    async def drop_all(self) -> None:
        """Breaks what is open now."""
        for stream in list(self._streams):
            await trio.aclose_forcefully(stream)

    async def serve(self, near: trio.SocketStream) -> None:
        self.opened += 1
        try:
            far = await trio.open_tcp_stream("127.0.0.1", self.target)
        except OSError:
            await near.aclose()
            return
        self._streams |= {near, far}
        budget = [self.drop_after]
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._carry, near, far, "up", budget, nursery.cancel_scope)
                nursery.start_soon(self._carry, far, near, "down", budget, nursery.cancel_scope)
        finally:
            self._streams -= {near, far}
            near.socket.close()
            far.socket.close()

    async def _carry(
        self,
        source: trio.SocketStream,
        target: trio.SocketStream,
        way: str,
        budget: list[float],
        scope: trio.CancelScope,
    ) -> None:
        """A reader and a writer with what is on its way between them, so that latency is no throttle."""
        on_its_way: deque[tuple[float, bytes]] = deque()
        came, room = trio.Event(), trio.Event()
        ended = False

        async def write() -> None:
            nonlocal came, room
            while True:
                while not on_its_way:
                    if ended:
                        return
                    came = trio.Event()
                    await came.wait()
                due, data = on_its_way.popleft()
                room.set()
                await trio.sleep_until(due)
                while self.silent:
                    await trio.sleep(0.05)
                await self._wait_for_rate(way, len(data))
                await target.send_all(data)
                self.carried += len(data)
                budget[0] -= len(data)
                if budget[0] <= 0:
                    self.dropped += 1
                    scope.cancel()

        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(write)
                while data := await source.receive_some(_READ):
                    on_its_way.append((trio.current_time() + self.latency, data))
                    came.set()
                    while len(on_its_way) > 128:
                        room = trio.Event()
                        await room.wait()
                ended = True
                came.set()
            await target.send_eof()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            scope.cancel()

    async def _wait_for_rate(self, way: str, count: int) -> None:
        if self.rate is math.inf:
            return
        now = trio.current_time()
        self._free[way] = max(self._free[way], now) + count / self.rate
        await trio.sleep_until(self._free[way])


@asynccontextmanager
async def bad_line(port: int) -> AsyncIterator[Line]:
    """To a server on this port of loopback; `Line.port` is where it listens."""
    line = Line(port)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, line.serve, 0)
        line.port = listeners[0].socket.getsockname()[1]
        try:
            yield line
        finally:
            nursery.cancel_scope.cancel()
