"""Who a websocket is from, if that was not shown when it was opened (spec/server.md 6, mode B)."""

from __future__ import annotations

import trio

from triplicati_web.conventions import Malformed
from triplicati_web.live.requests import AUTHENTICATE, read_request, welcome
from triplicati_web.sockets import UNAUTHORIZED, Socket

PATIENCE = 60.0


async def let_in(socket: Socket) -> bool:
    """True when the client is known. Else its first message must be a good ``auth``, within a minute, or the
    socket is closed."""
    if socket.user:
        return True
    text = None
    with trio.move_on_after(PATIENCE) as scope:
        text = await socket.receive()
    if scope.cancelled_caught:
        await socket.close(UNAUTHORIZED, "Nobody signed in in time")
        return False
    if not await _is_good(socket, text):
        await socket.close(UNAUTHORIZED, "Not signed in")
        return False
    await socket.send(welcome())
    return True


async def _is_good(socket: Socket, text: str | None) -> bool:
    try:
        request = read_request(text)
    except Malformed:
        return False
    return request.action.lower() == AUTHENTICATE and await socket.authenticate(request.token)
