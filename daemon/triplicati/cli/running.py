"""Runs one operation to its end: signals, progress, and what comes of a stop."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import TypeVar

import trio

from triplicati.cli.console import Console
from triplicati.engine.outcome import settled
from triplicati.engine.stopping import StopRequest
from triplicati.errors import OperationAborted
from triplicati.messages.progress import Report

T = TypeVar("T")

_ABORT = tuple(each for name in ("SIGINT", "SIGTERM", "SIGHUP") if (each := getattr(signal, name, None)))
_STOP = tuple(each for name in ("SIGUSR1", "SIGUSR2") if (each := getattr(signal, name, None)))


async def run_to_the_end(
    operation: Callable[[], Awaitable[T]], console: Console, report: Report, stop: StopRequest, verb: str
) -> T:
    """What `operation` gives. `verb` says in the progress lines what is done to files.

    The first SIGINT, SIGTERM or SIGHUP cancels it, and `OperationAborted` is raised; the second kills this
    process. SIGUSR1 and SIGUSR2 set `stop`.
    """
    result: list[T] = []
    error: Exception | None = None
    with console:
        async with _signals_heard(console, stop) as aborted, trio.open_nursery() as nursery:
            nursery.start_soon(_show_progress, console, report, verb)
            for watcher in report.watchers:
                nursery.start_soon(watcher)
            try:
                with aborted:
                    result.append(await settled(operation))
            except Exception as raised:  # kept out of the nursery, which would wrap it
                error = raised
            nursery.cancel_scope.cancel()
    if error is not None:
        raise error
    if not result:
        raise OperationAborted
    return result[0]


@asynccontextmanager
async def _signals_heard(console: Console, stop: StopRequest) -> AsyncIterator[trio.CancelScope]:
    """The scope that an abort cancels."""
    aborted = trio.CancelScope()

    async def listen() -> None:
        with trio.open_signal_receiver(*_ABORT, *_STOP) as received:
            _hurry_at_a_signal(console)
            async for number in received:
                if number in _ABORT:
                    console.notice("Stopping ...")
                    aborted.cancel()
                    _kill_at_the_next()
                elif number == _STOP[0]:
                    console.notice("Stopping now; what is packed is still uploaded ...")
                    stop.now()
                else:
                    console.notice("Stopping after the files that are open ...")
                    stop.after_file()

    with _handlers_restored():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            await trio.lowlevel.checkpoint()
            yield aborted
            nursery.cancel_scope.cancel()


def _hurry_at_a_signal(console: Console) -> None:
    """Trio cannot hear of it while the console waits for someone to read."""

    def wrapped(inner: Callable[[int, FrameType | None], object]) -> Callable[[int, FrameType | None], None]:
        def handler(number: int, frame: FrameType | None) -> None:
            console.hurry()
            inner(number, frame)

        return handler

    for number in _ABORT:
        inner = signal.getsignal(number)
        if callable(inner):
            signal.signal(number, wrapped(inner))


def _kill_at_the_next() -> None:
    for number in _ABORT:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def _handlers_restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (*_ABORT, *_STOP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _show_progress(console: Console, report: Report, verb: str) -> None:
    while True:
        await trio.sleep(console.interval)
        console.progress(report.progress, verb)
