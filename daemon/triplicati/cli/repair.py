"""repair <destination>: the local database, built anew from the destination."""

from __future__ import annotations

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.operations.repair import run_repair


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("repair", "Only a destination is needed.")
    result = await run_to_the_end(
        lambda: run_repair(request), request.console, request.report, StopRequest(), "read"
    )
    lines = [
        f"The local database {result.database} was rebuilt: {result.versions} version(s),"
        f" {result.volumes} volume(s) at the destination.",
        f"Duration of repair: {duration(result)}",
    ]
    if result.dryrun:
        source = f"{result.volumes} volume(s) at the destination"
        lines = [f"[Dryrun]: Would rebuild {result.database} from {source}."]
    return Ended(result, lambda: lines)
