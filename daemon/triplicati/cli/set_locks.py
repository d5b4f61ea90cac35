"""set-locks <destination> (spec/cli.md 1.3). Shows nothing but with --full-result."""

from __future__ import annotations

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.errors import UsageError
from triplicati.operations.locking import run_set_locks


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("set-locks", "Only a destination is needed; options say which versions.")
    try:
        result = await run_to_the_end(
            lambda: run_set_locks(request), request.console, request.report, StopRequest(), "locked"
        )
    except UsageError as error:
        raise wrong_usage("set-locks", str(error)) from None
    return Ended(result)
