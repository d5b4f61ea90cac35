"""The local database, built anew from the destination."""

from __future__ import annotations

import time

from triplicati.config.local_database import present_database, rebuild
from triplicati.engine.from_options import moment
from triplicati.engine.listing import all_versions
from triplicati.engine.remote import list_backup
from triplicati.messages.results import RepairResult
from triplicati.operations.order import Order, place_of, remote_of, unlocking
from triplicati.operations.owning import owning


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
        async with owning(order, place):
            result.versions, result.volumes = await rebuild(place, remote, unlock, only_paths=only_paths)
    result.end_time = time.time()
    return result


async def run_update(order: Order) -> RepairResult:
    """As `run_repair`, unless the local database has the version of just the time that the options name."""
    begin = time.time()
    wanted, only_paths = moment(order.values, order.now), order.values.boolean("repair-only-paths")
    place = place_of(order, writes=False)
    if wanted is not None:
        async with present_database(place, only_paths=only_paths) as database:
            known = [] if database is None else await all_versions(database)
        if any(each.fileset.stamp == int(wanted) for each in known):
            result = RepairResult(main_operation="Repair", begin_time=begin, versions=len(known))
            result.database, result.end_time = str(place.path), time.time()
            return result
    return await run_repair(order)
