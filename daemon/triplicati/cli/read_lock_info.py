"""read-lock-info <destination> (spec/cli.md 1.3). Shows nothing but with --full-result."""

from __future__ import annotations

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.operations.locking import run_read_locks


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("read-lock-info", "Only a destination is needed.")
    result = await run_to_the_end(
        lambda: run_read_locks(request), request.console, request.report, StopRequest(), "asked about"
    )
    return Ended(result)
