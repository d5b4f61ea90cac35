"""Which versions go, by number and by rule (spec/format.md 12.5)."""

from __future__ import annotations

import time
from collections.abc import Sequence

from triplicati.engine.deleting import delete_versions
from triplicati.engine.locking import without_locked
from triplicati.engine.remote import Remote
from triplicati.engine.retention import versions_to_delete
from triplicati.engine.settings import Retention
from triplicati.errors import NoVersions, VersionNotFound
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, filesets
from triplicati.messages.results import DeletedSet, DeleteResult


async def chosen_versions(
    database: Database, numbers: Sequence[int], rules: Retention, now: float
) -> list[tuple[int, Fileset]]:
    """Those of `numbers`, and of the others those that `rules` no longer keep, with their numbers, newest
    first. The newest version stays if all would go, unless that is allowed.

    Raises `NoVersions`, `VersionNotFound`.
    """
    versions = await database.read(filesets)
    if not versions and numbers:
        raise NoVersions
    for number in numbers:
        if number >= len(versions):
            raise VersionNotFound(wanted=number, oldest=len(versions) - 1)
    named = set(numbers)
    others = [each for number, each in enumerate(versions) if number not in named]
    outdated = {each.id for each in versions_to_delete(others, rules, now)} if rules.active else set()
    chosen = [(n, each) for n, each in enumerate(versions) if n in named or each.id in outdated]
    if len(chosen) == len(versions) and not rules.allow_full_removal:
        return chosen[1:]
    return chosen


async def numbers_of_times(database: Database, stamps: Sequence[int]) -> list[int]:
    """The numbers of the versions of these times; one that is gone by now is none."""
    wanted = set(stamps)
    return [n for n, each in enumerate(await database.read(filesets)) if each.stamp in wanted]


async def delete(
    remote: Remote, database: Database, chosen: Sequence[tuple[int, Fileset]], *, dry_run: bool
) -> DeleteResult:
    """After `reconcile`. Raises what the destination raises; the next run deletes the lists that are left."""
    report = remote.report
    result = DeleteResult(main_operation="Delete", begin_time=time.time(), dryrun=dry_run)
    now = time.time()
    free = {each.id for each in await without_locked(remote, database, [each for _, each in chosen], now)}
    chosen = [(number, each) for number, each in chosen if each.id in free]
    result.deleted_sets = [DeletedSet(number, each.stamp) for number, each in chosen]
    if chosen and not dry_run:
        report.phase("Deleting versions ...")
        await delete_versions(remote, database, [each for _, each in chosen])
    result.warnings, result.errors = report.warnings, report.errors
    result.end_time = time.time()
    return result
