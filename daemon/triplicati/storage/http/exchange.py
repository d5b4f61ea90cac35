"""One request and its answer on a connection that is open already (RFC 9112)."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from functools import partial

import h11
import msgspec
import trio

from triplicati.errors import DestinationError
from triplicati.storage.destination import Upload

# At most at once.
RECEIVED = 1 << 18
# What the system keeps for us on its way to the server: it counts as sent already.
_BUFFER = 1 << 18
_SMALL = 1 << 16
# Seconds to hear why a server wants no more of an upload.
_LAST_WORDS = 1.0


class Broken(Exception):
    """The connection ended before the answer did; `unheard` when nothing of that had come."""

    def __init__(self, *, unheard: bool) -> None:
        super().__init__()
        self.unheard = unheard


class Request(msgspec.Struct, frozen=True):
    """`target` as on the line; `content` or what `upload` gives."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    upload: Upload | None = None

    def __repr__(self) -> str:  # the headers may hold a password
        return f"Request({self.method} {self.target})"


class Answer(msgspec.Struct, frozen=True):
    """`headers` by their names in lower case; `challenges` are all of WWW-Authenticate."""

    status: int
    headers: dict[str, str] = {}
    challenges: tuple[str, ...] = ()
    content: bytes = b""


PartOf = Callable[[Answer, bytes], Awaitable[object]]


class Connection:
    """`stream` with what is half read of it."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._state = h11.Connection(h11.CLIENT)
        # The last answer was read past the parser; whether the server keeps the connection after it.
        self._past = self._stays = False

    def again(self) -> bool:
        """Makes it ready for the next request; False where the server ends it."""
        if self._past:
            self._past, self._state = False, h11.Connection(h11.CLIENT)
            return self._stays
        if self._state.our_state is not h11.DONE or self._state.their_state is not h11.DONE:
            return False
        self._state.start_next_cycle()
        return True

    async def exchange(self, request: Request, each: PartOf | None = None, at_least: int = 0) -> Answer:
        """`each` is awaited with the head of a good answer and its content, this in parts of `at_least` bytes
        and up to `RECEIVED` more, the last one shorter; the answer's own content is then empty.

        Raises `Broken`, and what reading an upload raises.
        """
        heard = [False]
        try:
            try:
                await self._send(request)
            except trio.BrokenResourceError:
                with trio.move_on_after(_LAST_WORDS):
                    return await self._receive(None, 0, heard)
                raise
            return await self._receive(each, at_least, heard)
        except (trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError) as error:
            raise Broken(unheard=not heard[0]) from error

    async def _send(self, request: Request) -> None:
        size = request.upload.size if request.upload is not None else len(request.content)
        length = (("Content-Length", str(size)),) if size or request.method in ("PUT", "POST") else ()
        head = h11.Request(method=request.method, target=request.target, headers=[*request.headers, *length])
        await self._send_events(head, *([h11.Data(data=request.content)] if request.content else []))
        if request.upload is not None:
            _shrink(self.stream)
            await self._send_upload(request.upload)
        await self._send_events(h11.EndOfMessage())

    async def _send_upload(self, upload: Upload) -> None:
        parts, sent = upload.parts(), 0
        # A wait for the speed limit is in the thread; it ends by itself when this is cancelled.
        while part := await trio.to_thread.run_sync(next, parts, b""):
            sent += len(part)
            if sent > upload.size:
                break
            view = memoryview(part)
            for at in range(0, len(part), _SMALL):
                await self._send_events(h11.Data(data=bytes(view[at : at + _SMALL])))
        if sent != upload.size:
            raise DestinationError(reason=f"{upload.path.name} changed while it was sent")

    async def _send_events(self, *events: h11.Event) -> None:
        data = b"".join(self._state.send(event) or b"" for event in events)
        if data:
            await self.stream.send_all(data)

    async def _receive(self, each: PartOf | None, at_least: int, heard: list[bool]) -> Answer:
        answer, gathered = Answer(0), bytearray()
        while True:
            event = self._state.next_event()
            if event is h11.NEED_DATA:
                got = await self.stream.receive_some(RECEIVED)
                heard[0] = heard[0] or bool(got)
                self._state.receive_data(bytes(got))
            elif isinstance(event, h11.Response):
                answer = _head(event)
                length = _length(answer)
                if each is not None and at_least and answer.status < 300 and length is not None:
                    self._past, self._stays = True, _stays(event, answer)
                    await self._content(length, partial(each, answer), at_least)
                    return answer
            elif isinstance(event, h11.Data):
                gathered += event.data
                if each is not None and answer.status < 300 and len(gathered) >= at_least:
                    await each(answer, bytes(gathered))
                    gathered.clear()
            elif isinstance(event, h11.EndOfMessage):
                break
            elif not isinstance(event, h11.InformationalResponse):
                raise trio.BrokenResourceError
        if each is not None and answer.status < 300:
            if gathered:
                await each(answer, bytes(gathered))
            return answer
        return msgspec.structs.replace(answer, content=bytes(gathered))

    async def _content(self, length: int, each: Callable[[bytes], Awaitable[object]], size: int) -> None:
        """What follows a head that told its length: the parser would copy it several times."""
        begun, ended = self._state.trailing_data
        if len(begun) > length or (ended and len(begun) < length):
            raise trio.BrokenResourceError
        buffer = bytearray(max(min(size, length), len(begun)))
        view, filled, left = memoryview(buffer), len(begun), length - len(begun)
        view[:filled] = begun
        while left or filled:
            while left and filled < size:
                got = await _received(self.stream, view[filled : min(len(view), filled + left)])
                if not got:
                    raise trio.BrokenResourceError
                filled, left = filled + got, left - got
            await each(bytes(view[:filled]))
            filled = 0


async def _received(stream: trio.abc.Stream, into: memoryview) -> int:
    """As `recv_into` of a socket."""
    if not isinstance(stream, trio.SocketStream):
        part = await stream.receive_some(min(len(into), RECEIVED))
        into[: len(part)] = part
        return len(part)
    try:
        return await stream.socket.recv_into(into)
    except OSError as error:
        raise trio.BrokenResourceError from error


def _length(answer: Answer) -> int | None:
    """None where only the end of the content tells it."""
    if "transfer-encoding" in answer.headers:
        return None
    text = answer.headers.get("content-length", "")
    return int(text) if text.isdecimal() else None


def _stays(response: h11.Response, answer: Answer) -> bool:
    words = answer.headers.get("connection", "").lower().split(",")
    return response.http_version == b"1.1" and "close" not in (word.strip() for word in words)


def _head(response: h11.Response) -> Answer:
    pairs = [
        (name.decode("ascii", "replace"), value.decode("utf-8", "replace"))
        for name, value in response.headers
    ]
    challenges = tuple(value for name, value in pairs if name == "www-authenticate")
    return Answer(response.status_code, dict(pairs), challenges)


def _shrink(stream: trio.abc.Stream) -> None:
    inner = stream.transport_stream if isinstance(stream, trio.SSLStream) else stream
    if not isinstance(inner, trio.SocketStream):
        return
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # what is on its way already is not limited by it
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _BUFFER)
    else:
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
