"""Tells every listener what happens: states of which only the newest counts, and events that are numbered.

Publishing never blocks. Each state goes out at most four times a second, however often it is published; a
listener that does not keep up gets the newest value of each state and, when it fell off the ring of events, a
new snapshot.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from typing import NoReturn

import msgspec
import trio

from triplicati.messages.live import Frame

log = logging.getLogger(__name__)

# Seconds between two values of one state.
INTERVAL = 0.25
_RING = 1000
_encoder = msgspec.json.Encoder()

Listener = Callable[[str, object], None]


class _Published(msgspec.Struct, frozen=True):
    seq: int
    frame: str


class _State(msgspec.Struct):
    """`waiting` is what may not go out before `free_at`."""

    published: _Published
    value: bytes
    free_at: float
    waiting: object = None
    is_waiting: bool = False


class Hub:
    """One for the whole daemon. `listeners` hear of everything at once, in this process (`topic`, value)."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        # So that the numbers of an earlier process are smaller.
        self._seq = int(now() * 1000)
        self._first = self._seq
        self._states: dict[str, _State] = {}
        self._ring: deque[_Published] = deque(maxlen=_RING)
        self._subscriptions: set[Subscription] = set()
        self._due = trio.Event()
        self._closed = False
        self.listeners: list[Listener] = []

    def state(self, topic: str, value: object) -> None:
        """Publishes the newest value of a state topic."""
        self._tell_listeners(topic, value)
        known = self._states.get(topic)
        if known is not None and trio.current_time() < known.free_at:
            known.waiting, known.is_waiting = value, True
            self._due.set()
            return
        self._publish(topic, value)

    def event(self, topic: str, value: object) -> None:
        """Publishes an event; states published before it go out before it."""
        self._tell_listeners(topic, value)
        for name, state in list(self._states.items()):
            if state.is_waiting:
                self._publish(name, state.waiting)
        published = self._framed(topic, _encoder.encode(value))
        self._ring.append(published)
        self._wake_all()

    async def flush_in_time(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> NoReturn:
        """Sends what was published too soon after the value before. Sleeps while there is nothing."""
        task_status.started()
        while True:
            waiting = [state.free_at for state in self._states.values() if state.is_waiting]
            with trio.move_on_at(min(waiting, default=math.inf)):
                await self._due.wait()
                self._due = trio.Event()
                continue
            for topic, state in list(self._states.items()):
                if state.is_waiting and trio.current_time() >= state.free_at:
                    self._publish(topic, state.waiting)

    @contextmanager
    def subscribed(self, since: int | None = None) -> Iterator[Subscription]:
        """`since` is the number of the last frame that the listener has seen."""
        subscription = Subscription(self, since)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def close(self) -> None:
        """Every listener is told that there is nothing more to come."""
        self._closed = True
        self._wake_all()

    @property
    def closed(self) -> bool:
        return self._closed

    def __len__(self) -> int:
        return len(self._subscriptions)

    def values(self) -> Mapping[str, bytes]:
        """The latest value of each state, encoded."""
        return {topic: state.value for topic, state in self._states.items()}

    def after(self, seen: int | None) -> tuple[int, list[str]]:
        """The frames that come after number `seen`, in order, and the number then reached."""
        if seen is None or seen < self._oldest or seen > self._seq:
            return self._seq, [self._snapshot(resync=seen is not None)]
        found = [state.published for state in self._states.values() if state.published.seq > seen]
        found += takewhile(lambda event: event.seq > seen, reversed(self._ring))
        return self._seq, [each.frame for each in sorted(found, key=lambda each: each.seq)]

    @property
    def _oldest(self) -> int:
        """With a full ring, what came before its first event is not known any more."""
        return self._ring[0].seq - 1 if len(self._ring) == _RING else self._first

    def _snapshot(self, *, resync: bool) -> str:
        values = {topic: msgspec.Raw(state.value) for topic, state in self._states.items()}
        frame = Frame(self._seq, "snapshot", msgspec.Raw(_encoder.encode(values)), resync)
        return _encoder.encode(frame).decode()

    def _tell_listeners(self, topic: str, value: object) -> None:
        for listener in self.listeners:
            try:
                listener(topic, value)
            except Exception:  # whoever publishes is not to be blamed for it
                log.exception("A listener of %s failed", topic)

    def _publish(self, topic: str, value: object) -> None:
        encoded = _encoder.encode(value)
        known = self._states.get(topic)
        if known is not None and known.value == encoded:
            known.waiting, known.is_waiting = None, False
            return  # nobody needs to wake up for it
        free_at = trio.current_time() + INTERVAL
        self._states[topic] = _State(self._framed(topic, encoded), encoded, free_at)
        self._wake_all()

    def _framed(self, topic: str, value: bytes) -> _Published:
        self._seq += 1
        frame = Frame(self._seq, topic, msgspec.Raw(value))
        return _Published(self._seq, _encoder.encode(frame).decode())

    def _wake_all(self) -> None:
        for subscription in self._subscriptions:
            subscription.wake()


class Subscription:
    """What one listener has not seen yet. It keeps a number only, so it needs no memory while it is slow."""

    def __init__(self, hub: Hub, since: int | None) -> None:
        self._hub = hub
        self._seen = since
        self._news = trio.Event()

    def wake(self) -> None:
        self._news.set()

    async def next(self) -> list[str]:
        """The frames that are new, at least one; empty when the hub was closed."""
        while not self._hub.closed:
            reached, frames = self._hub.after(self._seen)
            if frames:
                self._seen = reached
                await trio.lowlevel.checkpoint()
                return frames
            self._news = trio.Event()
            await self._news.wait()
        return []
