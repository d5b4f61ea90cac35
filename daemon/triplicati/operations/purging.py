"""Files that cannot be restored any more, and files that are to go, from options (spec/format.md 12.3,
12.4)."""

from __future__ import annotations

import time

from triplicati.engine.broken_files import SHOWN, list_broken_files
from triplicati.engine.compact import compact
from triplicati.engine.from_options import case_sensitive, moment, upkeep_settings
from triplicati.engine.listing import accepting, all_versions, choose_versions, separator
from triplicati.engine.purge import purge
from triplicati.engine.purge_broken import purge_broken
from triplicati.engine.stopping import StopRequest
from triplicati.errors import UsageError
from triplicati.index.settings import read_settings
from triplicati.messages.results import BrokenFilesResult, PurgeBrokenResult, PurgeResult
from triplicati.operations.looking import look_into
from triplicati.operations.order import Order
from triplicati.operations.restore import check_passphrase
from triplicati.operations.upkeep import upkeep
from triplicati.values.versions import parse_versions


async def run_list_broken(
    order: Order, *, limit: int | None = SHOWN, kept: bool = False
) -> BrokenFilesResult:
    """The first `limit` files of each version, or all. `kept` as for `look_into`. Raises what
    `list_broken_files` raises."""
    return await look_into(
        order,
        lambda database, remote: list_broken_files(remote, database, limit=limit),
        only_paths=False,
        kept=kept,
    )


async def run_purge_broken(order: Order, stop: StopRequest, *, limit: int | None = 0) -> PurgeBrokenResult:
    """`limit` is for a dry run. Both as `purge_broken` has it."""
    begin = time.time()
    replaces = not order.values.boolean("disable-replace-missing-metadata")
    async with upkeep(order, settles=False, amid_change=True) as (remote, database, form):
        await check_passphrase(remote, await database.read(read_settings))
        settings = upkeep_settings(order.values, form)
        result = await purge_broken(remote, database, settings, stop, replaces=replaces, limit=limit)
    result.begin_time = begin
    return result


async def run_purge(order: Order, stop: StopRequest, *, limit: int | None = SHOWN) -> PurgeResult:
    """Removes the paths of the order, or those that its filters take, from the versions that its options
    choose, from all when they choose by nothing; and compacts unless told not to. `limit` is for a dry run.

    Raises `UsageError` unless there are either paths or filters, and what `purge` raises.
    """
    begin, values = time.time(), order.values
    if bool(order.positionals) == bool(order.filters):
        raise UsageError(reason="Say which files: either by name, or with --include and --exclude.")
    numbers, at = parse_versions(values.text("version") or ""), moment(values, order.now)
    async with upkeep(order) as (remote, database, form):
        accepts = accepting(
            order.positionals,
            order.rules(),
            case_sensitive=case_sensitive(order.environment),
            separator=await separator(database),
        )
        settings = upkeep_settings(values, form)
        known = await all_versions(database)
        chosen = choose_versions(known, numbers, at, remote.report) if numbers or at is not None else None
        result = await purge(remote, database, settings, chosen, accepts, stop, limit=limit)
        wanted = result.rewritten_file_lists and not values.boolean("no-auto-compact") and not stop.wanted
        if wanted and not result.interrupted and not result.dryrun:
            result.compact_results = await compact(remote, database, settings, stop)
            result.warnings, result.errors = remote.report.warnings, remote.report.errors
    result.begin_time, result.end_time = begin, time.time()
    return result
