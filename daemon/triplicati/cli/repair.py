"""repair <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

from pathlib import Path

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
    if result.dryrun:
        lines = [f"[Dryrun]: {_foreseen(result)}"]
    else:
        lines = [_told(result), f"Duration of repair: {duration(result)}"]
    if result.broken_versions:
        lines.insert(1, _broken(result.broken_versions))
    return Ended(result, lambda: lines)


def _told(result: RepairResult) -> str:
    if result.rebuilt:
        return (
            f"The local database {result.database} was rebuilt: {result.versions} version(s),"
            f" {result.volumes} volume(s) at the destination."
        )
    told = [f"Made anew from the local database: {made}."] if (made := _made(result)) else []
    if result.brought_back:
        told.append(f"Brought back from a copy: {result.brought_back} volume(s).")
    if result.lost_volumes:
        lost = f"{result.lost_volumes} volume(s) with data are lost"
        told.append(f"{lost}; the next backup stores again what it can.")
    if result.found_blocks:
        told.append(f"Stored again from this machine: {result.found_blocks} block(s).")
    return " ".join(told) or _nothing(result)


def _foreseen(result: RepairResult) -> str:
    if result.rebuilt:
        # Where there is none, it gets another name each time.
        there = Path(result.database).exists()
        what = f"rebuild {result.database}" if there else "build a local database"
        return f"Would {what} from {result.volumes} volume(s) at the destination."
    told = [f"Would make anew from the local database: {made}."] if (made := _made(result)) else []
    if result.lost_volumes:
        lost = f"{result.lost_volumes} volume(s) with data are lost or damaged"
        told.append(f"{lost}; what cannot be read of them would be given up.")
    return " ".join(told) or _nothing(result)


def _nothing(result: RepairResult) -> str:
    return f"Nothing to repair: the destination and the local database {result.database} agree."


def _made(result: RepairResult) -> str:
    counts = ((result.lists_made, "file list(s)"), (result.indexes_made, "index volume(s)"))
    return " and ".join(f"{count} {name}" for count, name in counts if count)


def _broken(versions: int) -> str:
    return (
        f"{versions} version(s) have files that cannot be restored whole: \"list-broken-files\" shows them,"
        " and \"purge-broken-files\" takes them out."
    )
