"""``/api/v2/events``: a snapshot, then everything that happens, numbered (`triplicati.messages.live`)."""

from __future__ import annotations

import trio

from triplicati.runner.daemon import Daemon
from triplicati_web.live.entry import let_in
from triplicati_web.sockets import Socket

PATH = "/api/v2/events"
_LARGEST_NUMBER = 2**53


async def events(socket: Socket) -> None:
    """``?since=`` is the number of the last frame that the client has seen. What it sends is not looked at,
    but a first message with its token, if it showed none."""
    if not await let_in(socket):
        return
    daemon: Daemon = socket.daemon
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_drain, socket)
        with daemon.hub.subscribed(_number(socket.arguments.get("since", ""))) as subscription:
            while frames := await subscription.next():
                for frame in frames:
                    await socket.send(frame)
        nursery.cancel_scope.cancel()


async def _drain(socket: Socket) -> None:
    """What is not read would be kept."""
    while True:
        await socket.receive()
        await trio.lowlevel.checkpoint()


def _number(text: str) -> int | None:
    """What is no number was seen by nobody: a snapshot tells all."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return min(int(text), _LARGEST_NUMBER)
