"""The bad line of other tests is as bad as they say."""

from __future__ import annotations

import contextlib

import pytest
import trio
from support.bad_line import Line, bad_line


async def echo(stream: trio.SocketStream) -> None:
    with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async with stream:
            async for data in stream:
                await stream.send_all(data)


async def exchanged(line: Line, data: bytes) -> tuple[bytes, float]:
    """What came back, and the seconds it took."""
    begin = trio.current_time()
    stream = await trio.open_tcp_stream("127.0.0.1", line.port)
    found = bytearray()
    async with stream, trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, data)
        while len(found) < len(data):
            part = await stream.receive_some()
            if not part:
                break
            found += part
        nursery.cancel_scope.cancel()
    return bytes(found), trio.current_time() - begin


@pytest.fixture
async def port(nursery: trio.Nursery) -> int:
    listeners = await nursery.start(trio.serve_tcp, echo, 0)
    return int(listeners[0].socket.getsockname()[1])


async def test_a_good_line_carries_everything(port: int) -> None:
    async with bad_line(port) as line:
        data = bytes(range(256)) * 10_000
        assert (await exchanged(line, data))[0] == data
        assert line.carried == 2 * len(data)


async def test_latency_and_rate(port: int) -> None:
    async with bad_line(port) as line:
        line.latency = 0.05
        assert (await exchanged(line, b"x"))[1] >= 0.1
        line.latency, line.rate = 0.0, 1_000_000
        assert (await exchanged(line, bytes(200_000)))[1] >= 0.2


async def test_connections_break(port: int) -> None:
    async with bad_line(port) as line:
        line.drop_after = 100_000
        found = b""
        with contextlib.suppress(trio.BrokenResourceError, BaseExceptionGroup):
            found, _ = await exchanged(line, bytes(1_000_000))
        assert len(found) < 1_000_000
        assert line.dropped == 1


async def test_a_silent_line(port: int) -> None:
    async with bad_line(port) as line:
        line.silent = True
        with pytest.raises(trio.TooSlowError), trio.fail_after(0.3):
            await exchanged(line, b"x")
