"""What happens on a server, as it happens (`triplicati.messages.live`)."""

from __future__ import annotations

import math
import random
from types import TracebackType
from typing import Any

import msgspec
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected

from triplicati.client.connection import Connection
from triplicati.client.sockets import LOST, open_socket, read
from triplicati.errors import (
    NotSignedIn,
    ServerAnswerUnusable,
    ServerRefused,
    ServerUnreachable,
    TriplicatiError,
)
from triplicati.errors.groups import first_of
from triplicati.messages.live import (
    BackupLine,
    Decided,
    Frame,
    LiveProgress,
    Planned,
    RunEnded,
    ServerLine,
    TaskLine,
)

PATH = "/api/v2/events"
SNAPSHOT = "snapshot"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0

_KINDS: dict[str, object] = {
    "server": ServerLine,
    "tasks": list[TaskLine],
    "progress": LiveProgress,
    "backups": list[BackupLine],
    "schedule": list[Planned],
    "run-ended": RunEnded,
    "decision": Decided,
}


class Event(msgspec.Struct, frozen=True):
    """One frame. `value` by `topic`: a `ServerLine` for "server", a list of `TaskLine` for "tasks",
    `LiveProgress` for "progress", `RunEnded` for "run-ended", and so on as in `messages.live`; for "snapshot"
    a dictionary from topics to these; plain JSON for a topic that this release does not know.

    `seq` is the number to continue from. `resync`: something in between may be missing.
    """

    seq: int
    topic: str
    value: Any  # by topic, see above
    resync: bool
    raw: str


class EventStream:
    """Yields `Event` after `Event`, without end: it connects again whenever the connection is lost, and goes
    on where it was.

    A loop over it raises `ServerUnreachable` when there was no connection for `patience` seconds, and what
    signing in raises. Reading slowly is no harm: only the newest of each state comes then.
    """

    def __init__(
        self, connection: Connection, nursery: trio.Nursery, since: int | None, patience: float = math.inf
    ) -> None:
        self._connection = connection
        self._seen = since
        self._patience = patience
        self._scope = trio.CancelScope()
        self._failure: TriplicatiError | None = None
        self._frames, self._received = trio.open_memory_channel[Event](0)
        nursery.start_soon(self._follow)

    async def __aenter__(self) -> EventStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Event:
        try:
            return await self._received.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            if self._failure is not None:
                raise self._failure from None
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Ends the connection."""
        self._scope.cancel()
        self._received.close()

    async def _follow(self) -> None:
        with self._scope, self._frames:
            try:
                await self._connect_again_and_again()
            except TriplicatiError as error:
                self._failure = error

    async def _connect_again_and_again(self) -> None:
        pause, lost, renewed = _FIRST_PAUSE, trio.current_time(), False
        while True:
            used, before = self._connection.bearer, self._seen
            end: BaseException | None = await self._read_to_the_end()
            if isinstance(end, ConnectionRejected):
                end = await self._renewed(end.status_code, used, again=renewed)
                renewed = end is None
                if end is None:
                    continue
            reason = str(end) or type(end).__name__
            if self._seen != before:
                pause, lost, renewed = _FIRST_PAUSE, trio.current_time(), False
            if trio.current_time() - lost + pause > self._patience:
                raise ServerUnreachable(url=self._connection.server.url, reason=reason)
            # So that a thousand clients do not come back all at once.
            await trio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _renewed(self, status: int, used: str, *, again: bool) -> BaseException | None:
        """None when the client is signed in again, else why it cannot be reached. Raises `NotSignedIn`, and
        `ServerRefused` where there are no events."""
        if status != 401:
            raise ServerRefused(reason=f"The server has no such events (status {status}).", status=status)
        if again:
            raise NotSignedIn(reason="the server does not accept the sign-in")
        try:
            await self._connection.renew(used)
        except ServerUnreachable as error:
            return error
        return None

    async def _read_to_the_end(self) -> BaseException:
        """Why there was nothing more to read. Raises `ServerAnswerUnusable`, `ServerNotTrusted`."""
        ends: list[BaseExceptionGroup[BaseException]] = []
        try:
            await self._read_all()
        except* (ConnectionClosed, TriplicatiError, *LOST) as group:
            ends.append(group)
        end = first_of(ends[0]) if ends else EOFError("it closed the connection")
        if isinstance(end, TriplicatiError):
            raise end
        return end

    async def _read_all(self) -> None:
        path = PATH if self._seen is None else f"{PATH}?since={self._seen}"
        async with open_socket(self._connection.server, path, self._connection.bearer) as socket:
            while True:
                event = self._event(await read(socket))
                try:
                    await self._frames.send(event)
                except trio.BrokenResourceError:
                    self._scope.cancel()  # nobody reads any more
                    return
                self._seen = event.seq

    def _event(self, text: str) -> Event:
        try:
            return decoded(text)
        except msgspec.DecodeError:
            raise ServerAnswerUnusable(url=self._connection.server.url) from None


def decoded(text: str) -> Event:
    """Raises `msgspec.DecodeError`."""
    frame = msgspec.json.decode(text, type=Frame)
    if frame.topic == SNAPSHOT:
        parts = msgspec.json.decode(frame.data, type=dict[str, msgspec.Raw])
        value: object = {topic: _value(topic, raw) for topic, raw in parts.items()}
    else:
        value = _value(frame.topic, frame.data)
    return Event(frame.seq, frame.topic, value, frame.resync, text)


def _value(topic: str, raw: msgspec.Raw) -> object:
    return msgspec.json.decode(raw, type=_KINDS.get(topic, object))
