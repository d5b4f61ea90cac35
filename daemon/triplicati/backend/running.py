"""Runs one piece of work to its end, with what a terminal shows meanwhile and what a signal does."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from triplicati.backend.screen import Screen
from triplicati.engine.outcome import settled
from triplicati.errors import OperationAborted

T = TypeVar("T")
_ABORT = tuple(each for name in ("SIGINT", "SIGTERM", "SIGHUP") if (each := getattr(signal, name, None)))


def run_to_the_end(work: Callable[[], Awaitable[T]], screen: Screen) -> T:
    """What `work` gives. The first SIGINT, SIGTERM or SIGHUP cancels it, and `OperationAborted` is raised;
    the second ends this process."""
    return trio.run(_whole, work, screen)


async def _whole(work: Callable[[], Awaitable[T]], screen: Screen) -> T:
    result: list[T] = []
    error: Exception | None = None
    aborted = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        await nursery.start(_listen, aborted, screen)
        nursery.start_soon(screen.keep_current)
        try:
            with aborted:
                result.append(await settled(work))
        except Exception as raised:  # kept out of the nursery, which would wrap it
            error = raised
        nursery.cancel_scope.cancel()
    screen.clear()
    if error is not None:
        raise error
    if not result:
        raise OperationAborted
    return result[0]


async def _listen(
    aborted: trio.CancelScope,
    screen: Screen,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    with trio.open_signal_receiver(*_ABORT) as received:
        task_status.started()
        async for _ in received:
            screen.note("Stopping ...")
            aborted.cancel()
            for number in _ABORT:  # the next one is not to be waited for
                signal.signal(number, signal.SIG_DFL)
