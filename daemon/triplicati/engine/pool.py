"""The parent's side of workers."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from triplicati import errors
from triplicati.engine import prestart, wire
from triplicati.engine.gentle import worker_priority
from triplicati.engine.wire import FromWorker, Message, WorkerFailed
from triplicati.errors import TriplicatiError, WorkerDied


def worker_count(limit: int = 0) -> int:
    """One for each core, within `limit` (0 for none). More than eight only cost memory."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
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
        message: FromWorker = wire.decode_from_worker(await self._exactly(length))
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


def _spawn(role: prestart.Role) -> prestart.Started:
    started = prestart.spawn(role)
    worker_priority.get().give(started[0].pid)
    return started


@asynccontextmanager
async def worker_process(role: prestart.Role) -> AsyncIterator[Worker]:
    """A worker in a process of its own, killed when the body ends: what it holds is worth nothing by then."""
    started = prestart.taken()
    process, ours = started if started else await trio.to_thread.run_sync(_spawn, role)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    try:
        async with stream:
            yield Worker(stream)
    finally:
        process.kill()
        # SIGKILL cannot be refused; the wait only collects the exit status.
        process.wait()


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
