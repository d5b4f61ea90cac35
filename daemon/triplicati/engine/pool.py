"""The parent's side of workers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from triplicati import errors
from triplicati.engine import wire
from triplicati.engine.wire import FromWorker, Message, WorkerFailed
from triplicati.errors import TriplicatiError, WorkerDied

# The worker finds the package where this process did, whether it is installed or run from a checkout.
_ROOT = str(Path(__file__).parents[2])
_START = "import sys; sys.path.insert(0, sys.argv[2]); from triplicati.engine.worker import main; main()"


def worker_count(limit: int = 0) -> int:
    """One for each core, within `limit` (0 for none). More than eight only cost memory."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, limit or 8, 8))


class Worker:
    """One conversation. Closing it ends the worker, whatever it is doing."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._held = bytearray()

    async def send(self, message: Message) -> None:
        try:
            await self._stream.send_all(wire.frame(message))
        except trio.BrokenResourceError:
            # What it said last, it said for a reason.
            await self.receive()
            raise WorkerDied(status="unknown") from None

    async def receive(self) -> FromWorker:
        """The next message. Raises what the worker raised, or `WorkerDied`."""
        length = wire.frame_length(await self._exactly(wire.HEAD))
        message = wire.decode_from_worker(await self._exactly(length))
        if isinstance(message, WorkerFailed):
            raise revived(message)
        return message

    async def _exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            try:
                part = await self._stream.receive_some(max(65536, size - len(self._held)))
            except trio.BrokenResourceError:
                part = b""
            if not part:
                raise WorkerDied(status="unknown")
            self._held += part
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken


def revived(failure: WorkerFailed) -> TriplicatiError:
    kind = getattr(errors, failure.error, TriplicatiError)
    details: dict[str, object] = dict(failure.details)
    error = kind(**details)
    return error if isinstance(error, TriplicatiError) else TriplicatiError(reason=str(failure.details))


@asynccontextmanager
async def worker_process() -> AsyncIterator[Worker]:
    """A worker in a process of its own, killed when the body ends: what it holds is worth nothing by then."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await trio.to_thread.run_sync(_spawn, theirs)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    try:
        async with stream:
            yield Worker(stream)
    finally:
        process.kill()
        # SIGKILL cannot be refused; the wait only collects the exit status.
        process.wait()


def _spawn(theirs: socket.socket) -> subprocess.Popen[bytes]:
    number = theirs.fileno()
    return subprocess.Popen(
        [sys.executable, "-c", _START, str(number), _ROOT], pass_fds=[number], stdin=subprocess.DEVNULL, close_fds=True
    )


@asynccontextmanager
async def worker_thread() -> AsyncIterator[Worker]:
    """The same worker in a thread, for a handful of files, where starting a process would take longer."""
    from triplicati.engine.worker import serve  # noqa: PLC0415 - the parent seldom needs it

    ours, theirs = socket.socketpair()

    def body() -> None:
        with theirs:
            serve(theirs)

    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: trio.to_thread.run_sync(body, abandon_on_cancel=True))
        async with stream:
            yield Worker(stream)
