"""A websocket to a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection, wrap_client_stream

from triplicati.client.servers import Server
from triplicati.client.tls import untrusted
from triplicati.errors import ServerNotTrusted

_GOODBYE = 1.0
_CONNECT = 20.0
# A reader that hears nothing for so long asks whether the other end is still there.
SILENCE = 45.0
_ANSWER = 20.0
AnyStream = trio.SocketStream | trio.SSLStream[trio.SocketStream]
LARGEST = 16 * 2**20

LOST = (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError, HandshakeError)


@asynccontextmanager
async def open_socket(server: Server, path: str, bearer: str) -> AsyncIterator[WebSocketConnection]:
    """Raises `ServerNotTrusted` and those of `LOST`, among them `ConnectionRejected` with the status of a
    refusal; in groups."""
    with trio.fail_after(_CONNECT) as patience:
        stream = await _stream(server)
        async with stream, trio.open_nursery() as nursery:
            socket = await wrap_client_stream(
                nursery,
                stream,
                server.name,
                urlsplit(server.url).path + path,
                extra_headers=[(b"authorization", f"Bearer {bearer}".encode())],
                max_message_size=LARGEST,
            )
            patience.deadline = float("inf")
            yield socket
            # Only here: after a cancellation nobody is left to hear the answer to a goodbye.
            with trio.move_on_after(_GOODBYE):
                await socket.aclose()
            nursery.cancel_scope.cancel()


async def _stream(server: Server) -> AnyStream:
    plain = await trio.open_tcp_stream(server.host, server.port)
    if server.socket_tls is None:
        return plain
    stream = trio.SSLStream(plain, server.socket_tls, server_hostname=server.host, https_compatible=True)
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        await trio.aclose_forcefully(stream)
        if reason := untrusted(error):
            raise ServerNotTrusted(url=server.url, reason=reason) from None
        raise
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


async def read(socket: WebSocketConnection) -> str:
    """The next message. Raises `ConnectionClosed`, `TooSlowError` when the other end is gone silently."""
    while True:
        with trio.move_on_after(SILENCE):
            message = await socket.get_message()
            return message if isinstance(message, str) else message.decode()
        with trio.fail_after(_ANSWER):
            await socket.ping()


__all__ = ["LOST", "ConnectionClosed", "open_socket", "read"]
