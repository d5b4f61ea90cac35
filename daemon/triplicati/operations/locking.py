"""Locking volumes, and asking until when they are locked, from options (spec/cli.md 1.3)."""

from __future__ import annotations

import time

from triplicati.engine.from_options import lock_duration, moment
from triplicati.engine.listing import all_versions, choose_versions
from triplicati.engine.locking import lockable_or_refused, read_locks, set_locks
from triplicati.errors import UsageError
from triplicati.messages.results import LockResult
from triplicati.operations.order import Order, remote_of
from triplicati.operations.upkeep import upkeep
from triplicati.values.versions import parse_versions


async def run_set_locks(order: Order) -> LockResult:
    """Of the versions that the options choose. Raises `UsageError` when they choose by nothing or there is no
    duration, and what `set_locks` raises."""
    begin, values = time.time(), order.values
    numbers, at = parse_versions(values.text("version") or ""), moment(values, order.now)
    duration = lock_duration(values)
    if not (numbers or at is not None or values.boolean("all-versions")):
        raise UsageError(reason="Say which versions: --version, --time or --all-versions.")
    if duration is None:
        raise UsageError(reason="Say for how long: --remote-file-lock-duration.")
    lockable_or_refused(remote_of(order))  # before anything is built or asked
    async with upkeep(order) as (remote, database, _):
        known = await all_versions(database)
        everything = values.boolean("all-versions")
        chosen = known if everything else choose_versions(known, numbers, at, remote.report)
        result = await set_locks(remote, database, [each.fileset for each in chosen], duration, begin)
    result.begin_time = begin
    return result


async def run_read_locks(order: Order) -> LockResult:
    """Raises what `read_locks` raises."""
    begin = time.time()
    lockable_or_refused(remote_of(order))
    async with upkeep(order) as (remote, database, _):
        result = await read_locks(remote, database)
    result.begin_time = begin
    return result
