"""Where to listen, and who does so already (spec/server.md 1.3)."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from support.certificates import self_signed

from triplicati.errors import InterfaceInvalid
from triplicati.runner.addresses import bind_addresses, port_order, reaches_others, shown_host
from triplicati.runner.occupied_port import Process, ask, explained, listening_process, who_listens


@pytest.mark.parametrize(
    ("interface", "expected", "others"),
    [
        ("", ("127.0.0.1", "::1"), False),
        ("Loopback", ("127.0.0.1", "::1"), False),
        ("any", ("0.0.0.0", "::"), True),
        ("*", ("0.0.0.0", "::"), True),
        ("ALL", ("0.0.0.0", "::"), True),
        ("192.168.1.5", ("192.168.1.5",), True),
        (" 127.0.0.2 ", ("127.0.0.2",), False),
        ("[::1]", ("::1",), False),
        ("fd00::0:5", ("fd00::5",), True),
    ],
)
def test_addresses(interface: str, expected: tuple[str, ...], others: bool) -> None:
    assert bind_addresses(interface) == expected
    assert reaches_others(expected) is others


@pytest.mark.parametrize("interface", ["eth0", "nas.example", "1.2.3", "::g", "0.0.0.0/0"])
def test_no_addresses(interface: str) -> None:
    with pytest.raises(InterfaceInvalid):
        bind_addresses(interface)


@given(st.lists(st.integers(1, 65535), min_size=1, unique=True), st.integers(-1, 65535))
def test_the_port_of_the_last_time_comes_first(ports: list[int], last: int) -> None:
    order = port_order(ports, last)
    assert sorted(order) == sorted(ports)
    assert order[0] == (last if last in ports else ports[0])


@pytest.mark.parametrize(
    ("names", "addresses", "expected"),
    [
        ((), ("127.0.0.1", "::1"), "localhost"),
        (("*", "nas"), (), "nas"),
        (("*",), ("0.0.0.0", "::"), "localhost"),
        ((), ("192.168.1.5",), "192.168.1.5"),
        ((), ("fd00::5",), "[fd00::5]"),
        ((), ("127.0.0.1",), "localhost"),
    ],
)
def test_the_host_of_a_link(names: tuple[str, ...], addresses: tuple[str, ...], expected: str) -> None:
    assert shown_host(names, addresses) == expected


@asynccontextmanager
async def server(answers: dict[str, bytes], certificate: Path | None = None) -> AsyncIterator[int]:
    """Answers each path with the body given, others with 404; with nothing at all, never."""
    context = self_signed(certificate).server if certificate else None

    async def serve(stream: trio.SocketStream) -> None:
        secured: trio.SocketStream | trio.SSLStream[trio.SocketStream] = stream
        if context is not None:
            secured = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
        try:
            request = bytes(await secured.receive_some(4096))
            if not answers:
                await trio.sleep_forever()
            body = answers.get(request.split(b" ")[1].decode("ascii", "replace") if request else "")
            status = b"404 Not Found" if body is None else b"200 OK"
            await secured.send_all(b"HTTP/1.1 %s\r\nConnection: close\r\n\r\n%s" % (status, body or b""))
            await secured.aclose()
        except trio.BrokenResourceError:
            await trio.lowlevel.checkpoint()

    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        yield int(listener.socket.getsockname()[1])
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"/": b"<title>Triplicati</title>", "/health": b"Healthy"}, "triplicati"),
        ({"/": b"<title>Duplicati</title>"}, "duplicati"),
        ({"/": b"", "/login.html": b"<h1>Triplicati</h1>"}, "triplicati"),
        ({"/": b'<meta http-equiv="refresh" content="0; url=/ngax/index.html">'}, "duplicati"),
        ({"/health": b"Healthy"}, "duplicati"),
        ({"/": b"It works!"}, "other"),
        ({"/": b"It works!" + b"x" * 200_000}, "other"),
    ],
)
async def test_what_kind_of_server_it_is(answers: dict[str, bytes], kind: str) -> None:
    async with server(answers) as port:
        assert await ask("127.0.0.1", port) == kind


async def test_a_server_with_tls(tmp_path: Path) -> None:
    async with server({"/": b"<title>Triplicati</title>"}, tmp_path) as port:
        assert await ask("127.0.0.1", port) == "triplicati"


async def test_one_that_never_answers_is_not_waited_for() -> None:
    async with server({}) as port:
        with trio.fail_after(5):
            text = await who_listens("127.0.0.1", port, patience=0.2)
        assert "duplicati-server --webservice-port=" in text


@pytest.mark.skipif(sys.platform != "linux", reason="how Linux tells of sockets")
async def test_the_process_that_listens() -> None:
    async with server({"/": b"It works!"}) as port:
        found = listening_process(port)
        assert found is not None
        assert found.pid == os.getpid()
        assert f"(process {os.getpid()})" in await who_listens("127.0.0.1", port)


@pytest.mark.skipif(sys.platform != "linux", reason="how Linux tells of sockets")
def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert listening_process(bound.getsockname()[1]) is None
    assert listening_process(80, Path("/nonexistent")) is None


@pytest.mark.parametrize(
    ("kind", "process", "expected"),
    [
        ("other", Process(77, "nginx"), ["nginx (process 77)", "--webservice-port=8300"]),
        ("other", None, ["another program", "--webservice-port=8300"]),
        ("duplicati", None, ["by Duplicati", "systemctl stop duplicati", "--webservice-port=8300"]),
        ("triplicati", Process(5, "python"), ["Triplicati", "process 5", "--server-datafolder"]),
    ],
)
def test_the_next_command_is_named(kind: str, process: Process | None, expected: list[str]) -> None:
    text = explained(8200, kind, process)  # type: ignore[arg-type]
    assert "Port 8200" in text
    assert all(part in text for part in expected)


def test_there_is_always_another_port() -> None:
    assert "--webservice-port=8200" in explained(65535, "other", None)
