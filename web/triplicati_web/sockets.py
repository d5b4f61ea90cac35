"""Websockets: what their handlers are given."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import trio
from quart import websocket
from quart.wrappers import Response
from werkzeug.datastructures import Headers

from triplicati_web.auth.credentials import Presented, identify_socket, shown_session, socket_user
from triplicati_web.dispatch import response
from triplicati_web.failures import Unauthorized, failed
from triplicati_web.routing import Daemon

log = logging.getLogger(__name__)

GOING_AWAY = 1001
INTERNAL_ERROR = 1011
UNAUTHORIZED = 4401


@dataclass
class Socket:
    """An open websocket. `user` is "" while it has not shown who it is; see `authenticate`. `session` is what
    it showed, "" for what cannot be ended alone.

    A handler may simply return, which closes the socket, and is cancelled when the client leaves or the
    server stops. It must not count on `send` to tell that the client is gone.
    """

    daemon: Any  # the daemon of the application
    user: str
    arguments: Mapping[str, str]
    headers: Headers
    closing: trio.Event
    session: str = ""
    _closed: bool = field(default=False, init=False)

    async def receive(self) -> str | None:
        """The next text; None for a message that is not text."""
        found = await websocket.receive()
        return found if isinstance(found, str) else None

    async def send(self, text: str | bytes) -> None:
        """Returns once the client's side took it, or the client was given up. UTF-8 bytes go out as text."""
        await websocket.send(text if isinstance(text, str) else text.decode())
        # Nothing waits in there once the client is gone, and a loop around it would stop everybody.
        await trio.lowlevel.checkpoint()

    async def authenticate(self, token: str) -> bool:
        """With what a client says after it connected: a token for websockets, access or pre-auth."""
        try:
            self.user = await socket_user(token, self.daemon.sign_in)
        except Unauthorized:
            return False
        self.session = self.daemon.sign_in.session_of(token)
        return True

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if not self._closed:
            self._closed = True
            await websocket.close(code, reason)


SocketHandler = Callable[[Socket], Awaitable[None]]


def socket_view(
    handler: SocketHandler, daemon: Daemon, closing: trio.Event
) -> Callable[[], Awaitable[Response | None]]:
    """A websocket with a credential that is not good is refused, one without is opened and must show it. "Log
    out everywhere" ends those that are open, and the end of a session those that are of it."""

    async def view() -> Response | None:
        arguments = {name.lower(): value for name, value in websocket.args.items(multi=True)}
        ended = daemon.sign_in.ended
        presented = Presented(websocket.headers, arguments, websocket.cookies)
        try:
            who = await identify_socket(presented, daemon.sign_in)
        except Unauthorized as error:
            return response(failed(error, websocket.path))
        await websocket.accept()
        user = who.user if who is not None else ""
        session = shown_session(presented, daemon.sign_in)
        await _served(handler, Socket(daemon, user, arguments, websocket.headers, closing, session), ended)
        return None

    return view


async def _served(handler: SocketHandler, socket: Socket, ended: trio.Event) -> None:
    code = 1000
    own_ended = trio.Event()
    try:
        async with trio.open_nursery() as nursery:

            async def watch(end: trio.Event) -> None:
                await end.wait()
                nursery.cancel_scope.cancel()

            nursery.start_soon(watch, socket.closing)
            nursery.start_soon(watch, ended)
            nursery.start_soon(watch, own_ended)
            nursery.start_soon(_tell_end, socket, own_ended)
            await handler(socket)
            nursery.cancel_scope.cancel()
    except Exception:
        log.exception("A websocket failed")
        code = INTERNAL_ERROR
    if socket.closing.is_set():
        code = GOING_AWAY
    elif ended.is_set() or own_ended.is_set():
        code = UNAUTHORIZED
    await socket.close(code)


async def _tell_end(socket: Socket, ended: trio.Event) -> None:
    """Sets `ended` when the session of the socket is."""
    sign_in = socket.daemon.sign_in
    while True:
        one_ended = sign_in.one_ended
        if await sign_in.has_ended(socket.session):
            ended.set()
        await one_ended.wait()
