"""The server ends within its grace period whatever its clients do, and one of them cannot end it."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest
import trio
import trio_websocket
from support.certificates import self_signed
from support.web_server import Running, open_socket, web_server

from triplicati_web.routing import OPEN, Call, Reply, Route
from triplicati_web.serving import Limits
from triplicati_web.sockets import Socket

GRACE = 0.4
ROOM = 1.5  # for a busy machine
REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def slow(call: Call) -> None:
    await trio.sleep(60)


async def big(call: Call) -> Reply:
    return Reply(content=b"x" * 2**25, content_type="application/octet-stream")


async def read_to(stream: trio.abc.ReceiveStream, end: bytes) -> None:
    seen = b""
    while end not in seen:
        more = await stream.receive_some(64)
        assert more, seen
        seen += more


SLOW = Route("GET", "/api/slow", slow, "", "test", auth=OPEN)
WAITS = Route("GET", "/api/waits", slow, "", "test", auth=OPEN, waits=True)
BIG = Route("GET", "/api/big", big, "", "test", auth=OPEN)


async def ended(server: Running) -> float:
    """Stops it; the seconds that took."""
    begun = trio.current_time()
    server.stop.set()
    with trio.fail_after(10):
        await server.stopped.wait()
    return trio.current_time() - begun


async def connected(server: Running) -> trio.SocketStream:
    return await trio.open_tcp_stream("127.0.0.1", server.port)


async def test_without_clients_it_ends_at_once() -> None:
    async with web_server(grace=5) as server:
        assert await ended(server) < 1


async def test_an_idle_keep_alive_connection_ends_at_once() -> None:
    async with web_server(grace=5) as server, await connected(server) as stream:
        await stream.send_all(REQUEST)
        await read_to(stream, b"Healthy")
        assert await ended(server) < 2
        assert await stream.receive_some() == b""


async def test_a_connection_that_never_asked_ends_at_once() -> None:
    async with web_server(grace=5) as server, await connected(server):
        assert await ended(server) < 2


async def test_a_client_that_stopped_reading_is_cut_after_the_grace_period() -> None:
    async with web_server([BIG], grace=GRACE) as server, await connected(server) as stream:
        await stream.send_all(b"GET /api/big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await stream.receive_some(1)
        assert GRACE - 0.1 < await ended(server) < GRACE + ROOM


async def test_a_client_that_stopped_reading_tls_is_cut_after_the_grace_period(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=certificate.path)
    async with web_server([BIG], grace=GRACE, tls=lambda: certificate.server) as server:
        stream = await trio.open_ssl_over_tcp_stream("localhost", server.port, ssl_context=trust)
        await stream.send_all(b"GET /api/big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await stream.receive_some(1)
        assert await ended(server) < GRACE + ROOM
        await trio.aclose_forcefully(stream)


async def test_a_slow_request_is_cut_after_the_grace_period() -> None:
    async with web_server([SLOW], grace=GRACE) as server, await connected(server) as stream:
        await stream.send_all(b"GET /api/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await trio.sleep(0.05)
        assert GRACE - 0.1 < await ended(server) < GRACE + ROOM


async def test_a_request_that_waits_is_answered_when_the_server_stops() -> None:
    async with web_server([WAITS], grace=5) as server, server.client() as client:
        answers: list[httpx.Response] = []

        async def ask() -> None:
            answers.append(await client.get("/api/waits"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await trio.sleep(0.1)
            assert await ended(server) < 2
        assert answers[0].status_code == 503


async def waiting(socket: Socket) -> None:
    await socket.receive()


async def flooding(socket: Socket) -> None:
    while True:
        await socket.send("x" * 2**16)


async def test_an_open_websocket_is_closed_with_going_away() -> None:
    async with (
        web_server(grace=5, sockets=[("/notifications", waiting)]) as server,
        open_socket(server) as socket,
    ):
        assert await ended(server) < 2
        with pytest.raises(trio_websocket.ConnectionClosed) as closed:
            await socket.get_message()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 1001


async def test_a_websocket_that_stopped_reading_is_cut_after_the_grace_period() -> None:
    upgrade = (
        b"GET /notifications HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    sockets = [("/notifications", flooding)]
    async with web_server(grace=GRACE, sockets=sockets) as server, await connected(server) as stream:
        await stream.send_all(upgrade)
        await read_to(stream, b"\r\n\r\n")
        await trio.sleep(0.1)
        assert await ended(server) < GRACE + ROOM


async def test_half_a_tls_handshake_is_cut_after_the_grace_period(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    async with web_server(grace=GRACE, tls=lambda: certificate.server) as server, await connected(server):
        await trio.sleep(0.05)
        assert await ended(server) < GRACE + ROOM


async def test_half_a_tls_handshake_is_given_up_after_a_time(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    limits = Limits(handshake=0.2)
    async with (
        web_server(tls=lambda: certificate.server, limits=limits) as server,
        await connected(server) as stream,
    ):
        with trio.fail_after(3):
            assert await stream.receive_some() == b""


async def test_an_idle_connection_is_closed_after_a_time_also_when_it_was_used() -> None:
    async with web_server(limits=Limits(idle=0.3)) as server, await connected(server) as stream:
        await stream.send_all(REQUEST)
        await read_to(stream, b"Healthy")
        with trio.fail_after(3):
            assert await stream.receive_some() == b""


async def test_half_a_request_head_is_given_up_after_a_time() -> None:
    async with web_server(limits=Limits(idle=0.3)) as server, await connected(server) as stream:
        await stream.send_all(REQUEST[:20])
        with trio.fail_after(3):
            assert await stream.receive_some() == b""


async def test_a_client_that_reads_nothing_is_disconnected_while_the_server_runs() -> None:
    async with web_server([BIG], limits=Limits(send=0.3)) as server, await connected(server) as stream:
        await stream.send_all(b"GET /api/big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await trio.sleep(1.0)
        received = 0
        with trio.fail_after(5):
            try:
                while data := await stream.receive_some():
                    received += len(data)
            except trio.BrokenResourceError:
                pass
        assert received < 2**25


async def test_a_slow_reader_gets_all_of_it_though_it_takes_longer_than_one_send_may() -> None:
    async with web_server([BIG], limits=Limits(send=0.5)) as server, await connected(server) as stream:
        await stream.send_all(b"GET /api/big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received, begun = 0, trio.current_time()
        while data := await stream.receive_some(2**20):
            received += len(data)
            await trio.sleep(0.03)
        assert received > 2**25
        assert trio.current_time() - begun > 0.5


async def test_a_broken_connection_leaves_the_server_running(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    async with web_server(tls=lambda: certificate.server) as server:
        async with await connected(server) as stream:
            await stream.send_all(b"this is no handshake at all\r\n\r\n")
            await stream.receive_some()
        trust = ssl.create_default_context(cafile=certificate.path)
        async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
            assert (await client.get(f"{server.url}/health")).text == "Healthy"


async def test_a_renewed_certificate_is_taken_at_the_next_connection(tmp_path: Path) -> None:
    old, new = self_signed(tmp_path, "old"), self_signed(tmp_path, "new")
    contexts = [old.server, new.server]
    async with web_server(tls=lambda: contexts.pop(0)) as server:
        for certificate in (old, new):
            trust = ssl.create_default_context(cafile=certificate.path)
            async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
                assert (await client.get(f"{server.url}/health")).status_code == 200


async def test_a_certificate_that_cannot_be_read_costs_the_connection_only(tmp_path: Path) -> None:
    def broken() -> ssl.SSLContext:
        raise OSError("no such file")

    async with web_server(tls=broken) as server:
        for _ in range(2):
            async with await connected(server) as stream:
                assert await stream.receive_some() == b""


async def test_a_unix_socket_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    async with web_server(unix=path):
        assert path.stat().st_mode & 0o777 == 0o600
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get("http://localhost/health")).text == "Healthy"


async def test_a_socket_left_behind_is_replaced_and_one_in_use_is_not(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    async with web_server(unix=path) as server:
        with pytest.raises(OSError, match="in use"):
            async with web_server(unix=path):
                pass
        server.stop.set()
        await server.stopped.wait()
    async with web_server(unix=path):
        assert path.is_socket()


async def test_a_message_larger_than_a_mebibyte_closes_the_websocket() -> None:
    async with (
        web_server(sockets=[("/notifications", waiting)]) as server,
        open_socket(server) as socket,
    ):
        await socket.send_message("x" * (2**20 + 1))
        with pytest.raises(trio_websocket.ConnectionClosed) as closed:
            await socket.get_message()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 1009
