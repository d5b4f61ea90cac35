"""The local database, built anew from the destination."""

from __future__ import annotations

import time

from triplicati.config.local_database import rebuild
from triplicati.engine.remote import list_backup
from triplicati.messages.results import RepairResult
from triplicati.operations.order import Order, place_of, remote_of, unlocking


async def run_repair(order: Order) -> RepairResult:
    """Raises what `rebuild` raises; the old database is untouched then."""
    values = order.values
    result = RepairResult(main_operation="Repair", begin_time=time.time(), dryrun=values.boolean("dry-run"))
    place = place_of(order, writes=True)
    result.database = str(place.path)
    remote = remote_of(order)
    unlock = unlocking(order, remote, order.reading)
    if result.dryrun:
        volumes = await list_backup(remote)
        result.versions = sum(name.kind == "dlist" for name, _ in volumes)
        result.volumes = len(volumes)
    else:
        only_paths = values.boolean("repair-only-paths")
        result.versions, result.volumes = await rebuild(place, remote, unlock, only_paths=only_paths)
    result.end_time = time.time()
    return result
