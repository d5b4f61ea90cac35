"""The files that a version carries beside the backed up ones: put into a folder, or read at once."""

from __future__ import annotations

import os
import time
from pathlib import Path

from triplicati.engine.control_files import read_control_files, write_control_files
from triplicati.engine.from_options import moment
from triplicati.engine.listing import all_versions, choose_versions
from triplicati.engine.remote import Remote
from triplicati.errors import NoVersions, UsageError
from triplicati.index.database import Database
from triplicati.index.volumes import all_volumes
from triplicati.messages.results import RestoreResult
from triplicati.operations.looking import look_into
from triplicati.operations.order import Order
from triplicati.values.versions import parse_versions

Files = list[tuple[str, bytes]]
"""Base names and contents"""


async def run_control_files(order: Order) -> RestoreResult:
    """Puts those of the version that the options choose, the newest when they choose none, into
    --restore-path. Raises `UsageError` without a folder, and what `control_files_of` raises."""
    target = order.values.text("restore-path")
    if not target:
        raise UsageError(reason="Say where the files are to go: --restore-path.")
    result = RestoreResult(main_operation="RestoreControlfiles", begin_time=time.time())
    result.dryrun, result.restore_path = order.values.boolean("dry-run"), target
    result.version_time, found = await control_files_of(order)
    if not found:
        order.report.warning("NoControlFiles", "This version has no control files.")
    if not result.dryrun:
        await write_control_files(_absolute(target), found)
    for name, content in found:
        order.report.message(f"Restored the control file {os.path.join(target, name)}")
        result.restored_files += 1
        result.size_of_restored_files += len(content)
    result.warnings, result.errors = order.report.warnings, order.report.errors
    result.end_time = time.time()
    return result


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()


async def control_files_of(order: Order) -> tuple[int, Files]:
    """The time of the chosen version in Unix seconds, and its files. Raises `NoVersions`, and what fetching
    and opening a file list raises."""
    numbers, at = parse_versions(order.values.text("version") or ""), moment(order.values, order.now)

    async def work(database: Database, remote: Remote) -> tuple[int, Files]:
        versions = await all_versions(database)
        if not versions:
            raise NoVersions
        chosen = (choose_versions(versions, numbers, at, order.report) or versions)[0].fileset
        lists = {row.id: row for row in await database.read(lambda c: all_volumes(c, "dlist"))}
        row = lists.get(chosen.dlist or 0)
        return chosen.stamp, [] if row is None else await read_control_files(remote, row)

    return await look_into(order, work, unlocked=True, kept=True)
