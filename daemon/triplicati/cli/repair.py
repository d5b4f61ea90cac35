"""repair <destination>: the local database, built anew from the destination."""

from __future__ import annotations

import time

import trio

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.passphrase import for_reading
from triplicati.cli.request import Request, place_of, remote_of, unlocking, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.config.local_database import rebuild
from triplicati.engine.remote import list_backup
from triplicati.engine.stopping import StopRequest
from triplicati.messages.results import RepairResult


def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("repair", "Only a destination is needed.")
    result = trio.run(
        lambda: run_to_the_end(
            lambda: _repair(request), request.console, request.report, StopRequest(), "read"
        )
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


async def _repair(request: Request) -> RepairResult:
    values = request.values
    result = RepairResult(main_operation="Repair", begin_time=time.time(), dryrun=values.boolean("dry-run"))
    place = place_of(request, writes=True)
    result.database = str(place.path)
    remote = remote_of(request)
    unlock = unlocking(request, remote, for_reading)
    if result.dryrun:
        volumes = await list_backup(remote)
        result.versions = sum(name.kind == "dlist" for name, _ in volumes)
        result.volumes = len(volumes)
    else:
        only_paths = values.boolean("repair-only-paths")
        result.versions, result.volumes = await rebuild(place, remote, unlock, only_paths=only_paths)
    result.end_time = time.time()
    return result
