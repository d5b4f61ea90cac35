"""Tells the hub, and with it every listener, how things are whenever they may have changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NoReturn

import trio

from triplicati.runner.events import Hub

Read = Callable[[], Awaitable[object]]


class Publisher:
    """`readers` give the value of each state topic; those that read the store are slow, so many changes at
    once are read and told once. `complain` is told of a topic that cannot be told now."""

    def __init__(
        self, hub: Hub, readers: dict[str, Read], complain: Callable[[str, Exception], None]
    ) -> None:
        self._hub = hub
        self._readers = readers
        self._complain = complain
        self._stale = dict.fromkeys(readers)  # a set that keeps its order
        self._news = trio.Event()

    def stale(self, *topics: str) -> None:
        """These are to be read and told again."""
        self._stale |= dict.fromkeys(topics)
        self._news.set()

    async def serve(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> NoReturn:
        """Started once every topic has been told for the first time."""
        await self._tell()
        task_status.started()
        while True:
            await self._news.wait()
            self._news = trio.Event()
            await self._tell()

    async def _tell(self) -> None:
        while self._stale:
            topic = next(iter(self._stale))
            del self._stale[topic]
            try:
                value = await self._readers[topic]()
                self._hub.state(topic, value)
            except Exception as error:  # a full disk, another program on the database, or a bug
                self._complain(topic, error)
