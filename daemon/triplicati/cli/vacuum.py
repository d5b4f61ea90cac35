"""vacuum <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.operations.upkeep import run_vacuum
from triplicati.values.sizes import format_size


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("vacuum", "Only a destination is needed.")
    result = await run_to_the_end(
        lambda: run_vacuum(request), request.console, request.report, StopRequest(), "read"
    )
    before, after = format_size(result.size_before), format_size(result.size_after)
    return Ended(result, lambda: [f"The local database took {before} and now takes {after}."])
