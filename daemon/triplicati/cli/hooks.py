"""Runs a command, with scripts and reports around it if it is an operation that they hear of."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request
from triplicati.messages.results import Result
from triplicati.operations.around import with_hooks

# Commands that only look at what is in memory need not be async.
Run = Callable[[Request], Ended | Awaitable[Ended]]


async def run_with_hooks(request: Request, run: Run) -> Ended:
    """What `run` leaves, or an ending that tells that a script kept it from running."""

    async def command() -> Ended:
        ended = run(request)
        return await ended if inspect.isawaitable(ended) else ended

    return await with_hooks(
        request, command, lambda ended: ended.result, lambda result: _skipped(request, result)
    )


def _skipped(request: Request, result: Result) -> Ended:
    report = request.report
    return Ended(
        result,
        lambda: ["The script before the operation asked to skip it; nothing was done."],
        lambda: 3 if report.errors else 2 if report.warnings else 1,
    )
