"""Brings the newest look to the screen, at most so often."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from triplicati_tray.desk import Look

_log = logging.getLogger(__name__)
APART = 0.5


class Painter:
    """`paint` is called in a thread of its own, since setting an icon can wait for the desktop, and at least
    `apart` seconds from one look to the next. What comes meanwhile is passed over but for the newest."""

    def __init__(self, paint: Callable[[Look], None], apart: float = APART) -> None:
        self._paint = paint
        self._apart = apart
        self._changed = threading.Condition()
        self._newest: Look | None = None
        self._closed = False
        # One that hangs in the desktop must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="tray-painter", daemon=True)

    def show(self, look: Look) -> None:
        with self._changed:
            self._newest = look
            self._changed.notify_all()

    def start(self) -> None:
        self._thread.start()

    def close(self, seconds: float = 2) -> None:
        """Waits for what is being painted, at most so long."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while (look := self._next()) is not None:
            try:
                self._paint(look)
            except Exception:
                _log.exception("The icon could not be changed")
            with self._changed:
                self._changed.wait_for(lambda: self._closed, self._apart)

    def _next(self) -> Look | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._newest is not None)
            look, self._newest = self._newest, None
            return None if self._closed else look
