"""What the server says is passed on, and never waits for the one who should read it."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable

import trio

_LINES = 2000
_LONGEST = 64 * 1024
_KEPT = 5
_ERROR = b"ErrorID: "


class LastWords:
    """The last lines of a stream, and the id of the error among them."""

    def __init__(self) -> None:
        self.error = ""
        self._lines: deque[bytes] = deque(maxlen=_KEPT)

    def hear(self, line: bytes) -> bool:
        if line.startswith(_ERROR):
            self.error = line[len(_ERROR) :].decode("utf-8", "replace").strip()
            self._lines.clear()
        elif line.strip():
            self._lines.append(line.rstrip())
        return True

    @property
    def text(self) -> str:
        return b"\n".join(self._lines).decode("utf-8", "replace")


async def relay(stream: trio.abc.ReceiveStream, descriptor: int, hear: Callable[[bytes], bool]) -> None:
    """Until the end of the stream. `hear` gets each line with its end and says whether it is passed on.

    Lines are left out where 2000 of them wait for whoever reads the descriptor.
    """
    send, receive = trio.open_memory_channel[bytes](_LINES)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_write_all, receive, descriptor)
        async with send:
            rest = b""
            async for chunk in stream:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    _pass_on(send, line + b"\n", hear)
                if len(rest) > _LONGEST:
                    _pass_on(send, rest, hear)
                    rest = b""
            if rest:
                _pass_on(send, rest, hear)


def _pass_on(send: trio.MemorySendChannel[bytes], line: bytes, hear: Callable[[bytes], bool]) -> None:
    if hear(line):
        with contextlib.suppress(trio.WouldBlock, trio.BrokenResourceError):
            send.send_nowait(line)


async def _write_all(receive: trio.MemoryReceiveChannel[bytes], descriptor: int) -> None:
    async with receive:
        async for line in receive:
            try:
                await trio.to_thread.run_sync(_write, descriptor, line, abandon_on_cancel=True)
            except OSError:  # nobody reads any more
                return


def _write(descriptor: int, line: bytes) -> None:
    left = memoryview(line)
    while left:
        left = left[os.write(descriptor, left) :]
