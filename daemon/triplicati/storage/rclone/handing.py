"""Hands one upload to rclone, which fetches it from a port of this machine.

So its size is known to rclone from the start: what ends early is an error and no shorter file. Each part is
asked for when the one before has gone, so that limits of speed and progress are what they seem.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Awaitable, Callable

import trio

from triplicati.errors import DestinationError
from triplicati.storage.destination import Upload

_LONGEST_HEAD = 16_384
_BUFFER = 1 << 18


async def hand_over(upload: Upload, fetch: Callable[[str], Awaitable[object]]) -> None:
    """`fetch` is called with the address at which `upload` can be fetched. Raises what it raises, and what
    reading the upload raises, which ends it."""
    path = secrets.token_urlsafe(32)
    failed: list[Exception] = []

    async def serve(stream: trio.SocketStream) -> None:
        try:
            if await _asks_for(stream, path):
                await _send(stream, upload)
        except Exception as error:
            failed.insert(0, error)  # the cause of what fetching raises then
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        try:
            await fetch(f"http://127.0.0.1:{port}/{path}")
        except Exception as error:
            failed.append(error)
        nursery.cancel_scope.cancel()
    if failed:
        raise failed[0]


async def _asks_for(stream: trio.SocketStream, path: str) -> bool:
    head = b""
    try:
        while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
            if not (got := await stream.receive_some()):
                return False
            head += got
    except trio.BrokenResourceError:
        return False
    return secrets.compare_digest(head.split(b"\r\n")[0], f"GET /{path} HTTP/1.1".encode())


async def _send(stream: trio.SocketStream, upload: Upload) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {upload.size}\r\nConnection: close\r\n\r\n"
    parts, sent = upload.parts(), 0
    try:
        await stream.send_all(head.encode())
        # A wait for the speed limit is in the thread; it ends by itself when this is cancelled.
        while part := await trio.to_thread.run_sync(next, parts, b""):
            await stream.send_all(part)
            sent += len(part)
    except trio.BrokenResourceError:
        return  # rclone says why it wants no more
    if sent != upload.size:
        raise DestinationError(reason=f"{upload.path.name} changed while it was sent")
