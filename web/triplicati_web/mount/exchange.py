"""One request and its answer, as an ASGI server gives them: bodies of any length, and both ends of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import trio
from werkzeug.datastructures import Headers

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# What lies in a backup is anybody's: a page in it must not run as one of ours, nor anything be guessed.
_ALWAYS = (
    (
        "Content-Security-Policy",
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "private, no-cache"),
)


class TooLarge(Exception):
    """The body of the request."""


class Exchange:
    """`names` are the parts of the path, decoded; None where they are no text. `started` once the head of the
    answer was sent: what fails after that can only end the connection."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.method: str = scope["method"].upper()
        self.headers = Headers(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        )
        self.path: bytes = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
        self.started = False
        self._receive = receive
        self._send = send

    @property
    def client(self) -> tuple[str, int] | None:
        """Address and port of the other end; None behind a unix socket."""
        found = self.scope.get("client")
        return (str(found[0]), int(found[1])) if found and found[1] is not None else None

    @property
    def peer(self) -> str:
        return self.client[0] if self.client else ""

    @property
    def scheme(self) -> str:
        return str(self.scope["scheme"])

    @property
    def names(self) -> list[str] | None:
        try:
            return [unquote_to_bytes(each).decode() for each in self.path.split(b"/") if each]
        except UnicodeDecodeError:
            return None

    async def body(self, largest: int) -> bytes:
        """Raises `TooLarge`."""
        found = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return bytes(found)
            found += message.get("body", b"")
            if len(found) > largest:
                raise TooLarge
            if not message.get("more_body"):
                return bytes(found)

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        given = {name.lower() for name in headers}
        pairs = [*headers.items(), *(each for each in _ALWAYS if each[0].lower() not in given)]
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def more(self, content: bytes) -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def answer(
        self,
        status: int,
        content: str = "",
        headers: Mapping[str, str] | None = None,
        kind: str = "text/plain",
    ) -> None:
        """A whole answer; for HEAD only its head."""
        encoded = content.encode()
        told = {"Content-Length": str(len(encoded)), **(headers or {})}
        if encoded:
            told["Content-Type"] = f"{kind}; charset=utf-8"
        await self.begin(status, told)
        if encoded and self.method != "HEAD":
            await self.more(encoded)
        await self.end()

    async def unless_gone(self, work: Callable[[], Awaitable[None]]) -> None:
        """Ends `work` when the client leaves."""
        async with trio.open_nursery() as nursery:

            async def watch() -> None:
                while (await self._receive())["type"] != "http.disconnect":
                    pass
                nursery.cancel_scope.cancel()

            nursery.start_soon(watch)
            await work()
            nursery.cancel_scope.cancel()
