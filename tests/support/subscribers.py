"""Many listeners of one daemon, some of which stop reading."""

from __future__ import annotations

import base64
import os
import socket as sockets
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import trio
import trio_websocket

from support.web_daemon import WebDaemon


class _Frame(msgspec.Struct, rename="pascal"):
    topic: str = ""
    type: str = ""


@dataclass
class Listener:
    """`received` counts frames by their topic or type."""

    path: str
    received: Counter[str] = field(default_factory=Counter)

    def hear(self, message: str | bytes) -> None:
        frame = msgspec.json.decode(message, type=_Frame)
        self.received[frame.topic or frame.type] += 1

    async def listen(self, server: WebDaemon, *, task_status: trio.TaskStatus[None]) -> None:
        """Until cancelled."""
        stream = await trio.open_tcp_stream("127.0.0.1", server.port)
        async with stream, trio.open_nursery() as nursery:
            socket = await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                f"127.0.0.1:{server.port}",
                self.path,
                extra_headers=[(b"Authorization", f"Bearer {server.token}".encode())],
            )
            self.hear(await socket.get_message())
            task_status.started()
            while True:
                self.hear(await socket.get_message())

    async def stall(self, server: WebDaemon, *, task_status: trio.TaskStatus[None]) -> None:
        """Opens the websocket and never reads again."""
        plain = trio.socket.socket()
        # Small, so that the server notices soon.
        plain.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 2048)
        await plain.connect(("127.0.0.1", server.port))
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {server.token}\r\n\r\n"
        )
        await plain.send(request.encode())
        answer = await plain.recv(64)
        assert b" 101 " in answer, answer
        task_status.started()
        with plain:
            await trio.sleep_forever()


def memory() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
