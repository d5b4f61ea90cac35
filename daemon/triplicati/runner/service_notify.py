"""Tells systemd how the server is: started, busy with, alive, about to end (``Type=notify``)."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Mapping

import trio

_LONGEST_STATUS = 200


class ServiceNotify:
    """Does nothing where no service manager listens."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog = _seconds(environment)

    def ready(self, status: str = "") -> None:
        """Everything that is to be there is there."""
        self._send(f"READY=1{_status(status)}")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(_status(text).strip())

    def stopping(self) -> None:
        self._send("STOPPING=1")

    async def feed(self, alive: Callable[[], bool]) -> None:
        """Says twice in each period of the watchdog that the server is well, as long as `alive` says so.

        That the loop of events turns is shown by this task running at all. Returns at once where no watchdog
        was asked for.
        """
        if self._watchdog is None:
            return
        while True:
            if alive():
                self._send("WATCHDOG=1")
            await trio.sleep(self._watchdog / 2)

    def _send(self, text: str) -> None:
        if not self._address or not hasattr(socket, "AF_UNIX"):
            return
        # A name that begins with "@" is no file.
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        # The service manager may be gone or slow; neither is a matter of the backups.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
            made.setblocking(False)
            made.sendto(text.encode("utf-8", "replace"), address)


def _status(text: str) -> str:
    line = " ".join(text.split())[:_LONGEST_STATUS]
    return f"\nSTATUS={line}" if line else ""


def _seconds(environment: Mapping[str, str]) -> float | None:
    """The period of the watchdog; None for none, or one for another process."""
    text, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if process not in ("", str(os.getpid())) or not (text.isascii() and text.isdigit()) or int(text) == 0:
        return None
    return int(text) / 1_000_000
