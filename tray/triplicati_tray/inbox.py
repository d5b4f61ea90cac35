"""What the user wants, from any thread and from signals, to the one task that carries it out."""

from __future__ import annotations

import contextlib
import threading
from collections import deque

import trio

from triplicati_tray.desk import Command


class Inbox:
    """`hear` is given away before trio runs; what comes too early waits, what comes too late is dropped."""

    def __init__(self) -> None:
        self._waiting: deque[Command] = deque()
        self._token: trio.lowlevel.TrioToken | None = None
        self._news = trio.Event()
        # A signal may come while its own thread holds it.
        self._opening = threading.RLock()

    def hear(self, command: Command) -> None:
        self._waiting.append(command)
        with self._opening:
            token = self._token
        if token is not None:
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(self._wake, idempotent=True)

    async def next(self) -> Command:
        """The next command. Only one task may ask."""
        with self._opening:
            self._token = trio.lowlevel.current_trio_token()
        while not self._waiting:
            self._news = trio.Event()
            await self._news.wait()
        await trio.lowlevel.checkpoint()
        return self._waiting.popleft()

    def _wake(self) -> None:
        self._news.set()


class Debounce:
    """Two clicks in one second are one (spec/server.md 9)."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._seconds = seconds
        self._last: dict[Command, float] = {}

    def passes(self, command: Command, now: float) -> bool:
        last = self._last.get(command)
        self._last = {each: at for each, at in self._last.items() if now - at < self._seconds}
        if last is not None and now - last < self._seconds:
            return False
        self._last[command] = now
        return True
