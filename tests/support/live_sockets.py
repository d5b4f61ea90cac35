"""A client of the websockets of a daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import trio
import trio_websocket

from support.web_daemon import WebDaemon

PATIENCE = 10.0


class LiveSocket:
    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self.socket = socket

    async def send(self, message: object) -> None:
        await self.socket.send_message(msgspec.json.encode(message).decode())

    async def next(self) -> Any:
        with trio.fail_after(PATIENCE):
            return msgspec.json.decode(await self.socket.get_message())

    async def until(self, **members: object) -> Any:
        """The next message that has these members."""
        with trio.fail_after(PATIENCE):
            while True:
                found = msgspec.json.decode(await self.socket.get_message())
                if all(found.get(name) == value for name, value in members.items()):
                    return found

    async def asks(self, action: str, service: str = "", **more: object) -> Any:
        """The reply to a request."""
        await self.send({"Version": 1, "Id": "7", "Action": action, "Service": service, **more})
        return await self.until(Type="reply")

    async def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        with trio.move_on_after(seconds):
            await self.socket.get_message()
            return False
        return True

    async def close_code(self) -> int:
        """When the server closes it."""
        with trio.fail_after(PATIENCE):
            with pytest.raises(trio_websocket.ConnectionClosed) as closed:
                await self.until(Type="nothing of this type")
        assert closed.value.reason is not None
        return int(closed.value.reason.code)


@asynccontextmanager
async def live_socket(
    server: WebDaemon, path: str = "/notifications", token: str | None = "", *, in_query: bool = False
) -> AsyncIterator[LiveSocket]:
    """`token` "" is the one of the server, None is for nobody. Raises `ConnectionRejected`."""
    given = server.token if token == "" else token
    headers: Sequence[tuple[bytes, bytes]] = ()
    if given is not None and in_query:
        path += f"?token={given}"
    elif given is not None:
        headers = [(b"Authorization", f"Bearer {given}".encode())]
    async with (
        await trio.open_tcp_stream("127.0.0.1", server.port) as stream,
        trio.open_nursery() as nursery,
    ):
        host = f"127.0.0.1:{server.port}"
        socket = await trio_websocket.wrap_client_stream(
            nursery, stream, host, path, extra_headers=list(headers), max_message_size=2**22
        )
        yield LiveSocket(socket)
        with trio.move_on_after(2):
            await socket.aclose()
        nursery.cancel_scope.cancel()
