"""SIGTERM and SIGINT while a desktop has the main thread."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_HEARD = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def signals_heard(hear: Callable[[], None]) -> Iterator[None]:
    """`hear` is called in another thread for each of them. To be entered in the main thread.

    The loop of a desktop may return to Python only at the next click, and a handler in Python runs no sooner;
    what C writes to the wake-up socket arrives at once.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    thread = threading.Thread(target=_listen, args=(reader, hear), name="tray-signals", daemon=True)
    with reader, writer:
        handler = _passing_on(writer)
        before = {number: signal.signal(number, handler) for number in _HEARD}
        fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(fd)
            for number, earlier in before.items():
                signal.signal(number, earlier)
            writer.shutdown(socket.SHUT_WR)
            thread.join()


def _passing_on(writer: socket.socket) -> Callable[[int, object], None]:
    def handler(number: int, _frame: object) -> None:
        fd = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(fd, warn_on_full_buffer=False)
        # The loop of GTK puts a socket of its own there, and wakes up itself.
        if fd != writer.fileno():
            with suppress(BlockingIOError):
                writer.send(bytes([number]))

    return handler


def _listen(reader: socket.socket, hear: Callable[[], None]) -> None:
    while heard := reader.recv(1):
        if heard[0] in _HEARD:
            hear()
