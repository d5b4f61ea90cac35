"""Content whose length is known, which is read past the parser."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from triplicati.storage.http.exchange import RECEIVED, Answer, Broken, Connection, Request
from triplicati.storage.writing import written_behind

_ASKED = Request("GET", "/file", (("Host", "server"),))


@asynccontextmanager
async def _served(*answers: Sequence[bytes]) -> AsyncIterator[Connection]:
    """One that answers each request in pieces, and then ends; a real socket, which is read in its own way."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    server = trio.SocketStream(trio.socket.from_stdlib_socket(theirs))

    async def serve() -> None:
        for pieces in answers:
            await server.receive_some()
            for piece in pieces:
                await server.send_all(piece)
                await trio.lowlevel.checkpoint()
        await server.send_eof()

    async with stream, server, trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        yield Connection(stream)


def _head(length: int, *more: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {length}", *more, "", ""]).encode()


class _Taken:
    def __init__(self) -> None:
        self.parts: list[bytes] = []

    async def __call__(self, _head: Answer, part: bytes) -> None:
        self.parts.append(part)


@given(st.binary(max_size=300), st.integers(1, 100), st.lists(st.integers(1, 80), max_size=12))
async def test_it_comes_whole_however_it_is_cut(content: bytes, size: int, cuts: list[int]) -> None:
    answer, pieces = _head(len(content)) + content, []
    for cut in cuts:
        pieces.append(answer[:cut])
        answer = answer[cut:]
    pieces.append(answer)
    async with _served([each for each in pieces if each]) as connection:
        taken = _Taken()
        await connection.exchange(_ASKED, taken, size)
        assert b"".join(taken.parts) == content
        assert all(len(part) >= size for part in taken.parts[:-1])
        assert all(len(part) <= size + RECEIVED for part in taken.parts)


async def test_the_connection_serves_again() -> None:
    content = bytes(range(256)) * 8_000
    answers = ([_head(len(content)), content], [_head(2), b"ab"], [_head(0)], [_head(1) + b"c"])
    async with _served(*answers) as connection:
        for wanted in (content, b"ab", b"", b"c"):
            taken = _Taken()
            await connection.exchange(_ASKED, taken, 700_000)
            assert b"".join(taken.parts) == wanted
            assert connection.again()


@pytest.mark.parametrize(
    "head", [_head(1, "Connection: close"), b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n"]
)
async def test_a_server_that_ends_the_connection_is_not_asked_again(head: bytes) -> None:
    async with _served([head, b"x"]) as connection:
        await connection.exchange(_ASKED, _Taken(), 10)
        assert not connection.again()


@pytest.mark.parametrize("sent", [b"", b"1234", b"12345678901"])
async def test_less_or_more_than_was_told_is_no_file(sent: bytes) -> None:
    async with _served([_head(10) + sent]) as connection:
        with pytest.raises(Broken):
            await connection.exchange(_ASKED, _Taken(), 4)


@pytest.mark.parametrize("length", ["-1", "1e3", "x"])
async def test_a_length_that_is_no_number(length: str) -> None:
    async with _served([f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nx".encode()]) as connection:
        with pytest.raises(Broken):
            await connection.exchange(_ASKED, _Taken(), 4)


async def test_what_cannot_be_written_ends_the_reading() -> None:
    """As itself, for a full disk is told in another way than a broken line."""
    written: list[bytes] = []

    def write(part: bytes) -> None:
        if len(written) == 2:
            raise OSError(28, "no room")
        written.append(part)

    async def read() -> None:
        async with written_behind(write) as take:
            for number in range(100):
                await take(bytes([number]))
            await trio.sleep_forever()

    with pytest.raises(OSError, match="no room"), trio.fail_after(5):
        await read()
    assert written == [b"\x00", b"\x01"]


async def test_all_is_written_when_it_is_left() -> None:
    written: list[bytes] = []
    async with written_behind(written.append) as take:
        for number in range(20):
            await take(bytes([number]))
    assert b"".join(written) == bytes(range(20))


async def test_what_fails_inside_comes_out_as_itself() -> None:
    with pytest.raises(Broken):
        async with written_behind(lambda _part: None):
            raise Broken(unheard=True)
