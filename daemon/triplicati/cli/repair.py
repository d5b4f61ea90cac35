"""repair <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.messages.results import RepairResult
from triplicati.operations.repair import run_repair


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("repair", "Only a destination is needed.")
    result = await run_to_the_end(
        lambda: run_repair(request), request.console, request.report, StopRequest(), "read"
    )
    lines = [_told(result), f"Duration of repair: {duration(result)}"]
    if result.dryrun:
        source = f"{result.volumes} volume(s) at the destination"
        lines = [f"[Dryrun]: Would rebuild {result.database} from {source}."]
    return Ended(result, lambda: lines)


def _told(result: RepairResult) -> str:
    if result.rebuilt:
        return (
            f"The local database {result.database} was rebuilt: {result.versions} version(s),"
            f" {result.volumes} volume(s) at the destination."
        )
    made = [
        f"{count} {name}"
        for count, name in ((result.lists_made, "file list(s)"), (result.indexes_made, "index volume(s)"))
        if count
    ]
    lost = f"{result.lost_volumes} volume(s) with data are lost" if result.lost_volumes else ""
    if not made and not lost:
        return f"Nothing to repair: the destination and the local database {result.database} agree."
    told = [f"Made anew from the local database: {' and '.join(made)}."] if made else []
    if lost:
        told.append(f"{lost}; the next backup stores again what it can.")
    return " ".join(told)
