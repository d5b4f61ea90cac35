"""What subscribers of ``/notifications`` have not been told yet.

What a service tells is read and encoded once for all of them, and only when one of them is ready for it. A
subscriber costs one small record for each service, however slow it is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import trio

from triplicati.messages.live import LiveProgress
from triplicati.runner.daemon import Daemon
from triplicati.runner.task_states import task_state
from triplicati_web.live.requests import pushed
from triplicati_web.live.services import COMPLETED, Service

_KEPT = 100


@dataclass(eq=False)
class Subscription:
    """One service, for one subscriber. It is not told again before `free_at`; `told` is what it knows."""

    subscriber: Subscriber
    feed: Feed
    stale: bool
    free_at: float = -math.inf
    told: str | int | None = None

    def outdate(self, *, urgent: bool = False) -> None:
        if urgent:
            self.free_at = -math.inf
        if urgent or not self.stale:
            self.stale = True
            self.subscriber.wake()


class Feed:
    """A service, with the text that came with the subscription."""

    def __init__(self, service: Service, text: str) -> None:
        self.service = service
        self.text = text
        self.subscriptions: set[Subscription] = set()
        self._changes = 0
        self._read = -1
        self._frame: str | None = None
        self._reading = trio.Lock()

    def outdate(self, *, urgent: bool = False) -> None:
        self._changes += 1
        for subscription in self.subscriptions:
            subscription.outdate(urgent=urgent)

    async def untold(self, daemon: Daemon, subscription: Subscription) -> list[str]:
        frame = await self._current(daemon)
        if frame is None or (frame == subscription.told and not self.service.repeats):
            return []
        subscription.told = frame
        return [frame]

    async def _current(self, daemon: Daemon) -> str | None:
        while self._read != self._changes:
            async with self._reading:
                if self._read == (changes := self._changes):
                    break  # another one read it meanwhile
                value = await self.service.read(daemon, self.text)
                frame = None if value is None else pushed(self.service.name, value)
                # An equal one stays the same object, which is quick to compare.
                self._frame = self._frame if frame == self._frame else frame
                self._read = changes
        return self._frame


class EndedTasks(Feed):
    """Tells each task that has ended. `told` counts them."""

    def __init__(self, service: Service, text: str, daemon: Daemon) -> None:
        super().__init__(service, text)
        self._known = {task.id for task in daemon.queue.done}
        self._frames: deque[str] = deque(maxlen=_KEPT)
        self.count = 0

    async def untold(self, daemon: Daemon, subscription: Subscription) -> list[str]:
        for task in daemon.queue.done:
            if task.id not in self._known:
                self._frames.append(pushed(self.service.name, task_state(task)))
                self.count += 1
        self._known = {task.id for task in daemon.queue.done}
        missed = self.count - (subscription.told if isinstance(subscription.told, int) else 0)
        subscription.told = self.count
        return list(self._frames)[-missed:] if missed > 0 else []


class Feeds:
    """All that the subscribers of one daemon listen to."""

    def __init__(self) -> None:
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._seen: tuple[object, ...] = ()

    def __len__(self) -> int:
        return len(self._feeds)

    def hear(self, topic: str, value: object) -> None:
        """What the hub tells."""
        urgent = isinstance(value, LiveProgress) and self._is_turn(value)
        for feed in self._feeds.values():
            if topic in feed.service.topics:
                feed.outdate(urgent=urgent)

    def feed(self, daemon: Daemon, service: Service, text: str) -> Feed:
        key = service.name, text
        if key not in self._feeds:
            ended = service.name == COMPLETED
            self._feeds[key] = EndedTasks(service, text, daemon) if ended else Feed(service, text)
        return self._feeds[key]

    def drop(self, feed: Feed) -> None:
        """Nobody listens to it any more."""
        self._feeds.pop((feed.service.name, feed.text), None)

    def _is_turn(self, live: LiveProgress) -> bool:
        """A new task, another phase, the end: these are told without delay."""
        seen, self._seen = self._seen, (live.task_id, live.phase, live.state)
        return seen != self._seen


@dataclass(eq=False)
class Subscriber:
    """One client, with what it subscribed to."""

    daemon: Daemon
    feeds: Feeds
    _subscriptions: dict[str, Subscription] = field(default_factory=dict)
    _news: trio.Event = field(default_factory=trio.Event)

    def subscribe(self, service: Service, text: str = "") -> None:
        """Also to something else of the same service."""
        self.unsubscribe(service.name)
        feed = self.feeds.feed(self.daemon, service, text)
        made = Subscription(self, feed, stale=service.first)
        if isinstance(feed, EndedTasks):
            made.told = feed.count
        feed.subscriptions.add(made)
        self._subscriptions[service.name] = made
        self.wake()

    def unsubscribe(self, name: str) -> None:
        found = self._subscriptions.pop(name, None)
        if found is None:
            return
        found.feed.subscriptions.discard(found)
        if not found.feed.subscriptions:
            self.feeds.drop(found.feed)

    def unsubscribe_all(self) -> None:
        for name in list(self._subscriptions):
            self.unsubscribe(name)

    def wake(self) -> None:
        self._news.set()

    async def next(self) -> list[str]:
        """What it has not been told, when it may be; waits until there is something."""
        while True:
            self._news = trio.Event()
            now = trio.current_time()
            stale = [each for each in self._subscriptions.values() if each.stale]
            due = [each for each in stale if each.free_at <= now]
            if not due:
                with trio.move_on_at(min((each.free_at for each in stale), default=math.inf)):
                    await self._news.wait()
                continue
            frames: list[str] = []
            for each in due:
                each.stale, each.free_at = False, now + each.feed.service.interval
                frames += await each.feed.untold(self.daemon, each)
            if frames:
                return frames


_feeds: WeakKeyDictionary[Daemon, Feeds] = WeakKeyDictionary()


@contextmanager
def subscriber(daemon: Daemon) -> Iterator[Subscriber]:
    """All subscribers of a daemon share what they are told."""
    if daemon not in _feeds:
        _feeds[daemon] = Feeds()
        daemon.hub.listeners.append(_feeds[daemon].hear)
    made = Subscriber(daemon, _feeds[daemon])
    try:
        yield made
    finally:
        made.unsubscribe_all()
