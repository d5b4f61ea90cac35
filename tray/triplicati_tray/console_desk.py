"""Stands in for a desktop where there is none: a line for each change."""

from __future__ import annotations

import threading
from collections.abc import Callable

from triplicati_tray.desk import Look, Notice


class ConsoleDesk:
    """Prints what an icon would show; a percentage is no change, for a journal would fill up with it."""

    def __init__(self) -> None:
        self._last = ""
        self._printing = threading.Lock()

    def show(self, look: Look) -> None:
        text = look.status.partition(":")[0] if look.running else look.status
        with self._printing:
            if text != self._last:
                self._last = text
                say(text)

    def tell(self, notice: Notice) -> None:
        say(f"{notice.title}: {notice.text}" if notice.text else notice.title)

    def run(self, work: Callable[[], int]) -> int:
        found: list[int] = []
        # A thread of its own, as with every desk: the main one is for signals.
        thread = threading.Thread(target=lambda: found.append(work()), name="tray")
        thread.start()
        thread.join()
        return found[0] if found else 1


def say(text: str) -> None:
    """Nobody may be there to read it."""
    try:
        print(text, flush=True)
    except (OSError, ValueError):
        return
