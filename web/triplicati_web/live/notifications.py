"""``/notifications``, the websocket of Duplicati's clients (spec/server.md 6)."""

from __future__ import annotations

from dataclasses import dataclass, field

import trio

from triplicati.runner.daemon import Daemon
from triplicati.runner.status import server_status
from triplicati_web.conventions import Malformed
from triplicati_web.live.entry import let_in
from triplicati_web.live.feeds import Subscriber, subscriber
from triplicati_web.live.requests import AUTHENTICATE, VERSION, Request, read_request, refusal, reply
from triplicati_web.live.services import SERVICES, STATUS
from triplicati_web.sockets import Socket

PATH = "/notifications"


async def notifications(socket: Socket) -> None:
    """Who showed a credential while connecting gets the status without asking for it."""
    is_plain = bool(socket.user)
    if not await let_in(socket):
        return
    daemon: Daemon = socket.daemon
    with subscriber(daemon) as listening:
        if is_plain:
            listening.subscribe(SERVICES[STATUS])
        session = _Session(socket, daemon, listening)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.answer)
            nursery.start_soon(session.push)


@dataclass
class _Session:
    """Answers and pushes go out one at a time: the compression of a websocket depends on their order."""

    socket: Socket
    daemon: Daemon
    listening: Subscriber
    _sending: trio.Lock = field(default_factory=trio.Lock)

    async def push(self) -> None:
        while True:
            for frame in await self.listening.next():
                await self._send(frame)

    async def answer(self) -> None:
        while True:
            try:
                request = read_request(await self.socket.receive())
            except Malformed as error:
                await self._send(refusal(str(error)))
                continue
            await self._answer(request)

    async def _answer(self, request: Request) -> None:
        if request.version != VERSION:
            await self._send(refusal("The version is not supported", request))
            return
        match request.action.lower():
            case "sub":
                await self._subscribe(request)
            case "unsub":
                await self._unsubscribe(request)
            case "ping":
                await self._send(reply(request, "pong"))
            case "status":
                await self._send(reply(request, "The status of the server", data=server_status(self.daemon)))
            case action if action == AUTHENTICATE:
                await self._send(reply(request, "Already authenticated"))
            case _:
                await self._send(refusal("The action is not known", request))

    async def _subscribe(self, request: Request) -> None:
        service = SERVICES.get(request.service.lower())
        if service is None:
            await self._send(refusal("The service is not known", request))
            return
        await self._send(reply(request, "Subscribed successfully"))
        text = request.data if service.takes_text and isinstance(request.data, str) else ""
        self.listening.subscribe(service, text.strip())

    async def _unsubscribe(self, request: Request) -> None:
        name = request.service.lower()
        if name not in SERVICES:
            await self._send(refusal("The service is not known", request))
            return
        self.listening.unsubscribe(name)
        await self._send(reply(request, "Unsubscribed successfully"))

    async def _send(self, text: str | bytes) -> None:
        async with self._sending:
            await self.socket.send(text)
