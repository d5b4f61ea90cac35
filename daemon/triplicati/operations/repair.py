"""Repair from options: the destination from the local database where that knows it, else the other way."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from triplicati.config.local_database import DatabasePlace, Unlock, present_database, rebuild
from triplicati.engine.copying_back import copy_back
from triplicati.engine.from_options import encryption, moment, upkeep_settings
from triplicati.engine.listing import all_versions
from triplicati.engine.locking import lockable_or_refused, read_locks
from triplicati.engine.reconcile import look, missing_files, refuse_newer
from triplicati.engine.remote import Remote, list_backup
from triplicati.engine.repair import Repaired, repair, repairable
from triplicati.engine.verification_file import refresh_verification_file
from triplicati.errors import DatabaseUnusable, FolderMissing
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.index.volumes import all_volumes, any_volumes
from triplicati.messages.results import RepairResult
from triplicati.operations.mirror_targets import copies_of
from triplicati.operations.order import Order, place_of, remote_of, unlocking
from triplicati.operations.owning import owning
from triplicati.operations.restore import check_passphrase


async def run_repair(order: Order) -> RepairResult:
    """Raises what `rebuild` raises; the old database is untouched then."""
    values = order.values
    result = RepairResult(main_operation="Repair", begin_time=time.time(), dryrun=values.boolean("dry-run"))
    place = place_of(order, writes=True)
    result.database = str(place.path)
    remote = remote_of(order)
    unlock = unlocking(order, remote, order.reading)
    refreshes = values.boolean("repair-refresh-lock-info") and not result.dryrun
    if refreshes:
        lockable_or_refused(remote)
    if result.dryrun:
        volumes = await list_backup(remote)
        result.versions = sum(name.kind == "dlist" for name, _ in volumes)
        result.volumes = len(volumes)
        _note(result, await _foreseen(order, place, remote))
    elif (repaired := await _in_place(order, place, remote)) is not None:
        _note(result, repaired)
        result.warnings, result.errors = order.report.warnings, order.report.errors
    else:
        only_paths = values.boolean("repair-only-paths")
        async with owning(order, place):
            result.versions, result.volumes = await rebuild(place, remote, unlock, only_paths=only_paths)
    if refreshes:
        async with owning(order, place), _known_to(order, place, remote, unlock) as database:
            if database is not None:
                await read_locks(remote, database, whole=values.boolean("refresh-lock-info-complete"))
    result.end_time = time.time()
    return result


def _note(result: RepairResult, repaired: Repaired | None) -> None:
    if repaired is None:
        return
    result.rebuilt = False
    result.lists_made, result.indexes_made = repaired.lists, repaired.indexes
    result.brought_back = repaired.brought
    result.lost_volumes, result.found_blocks = repaired.lost, repaired.found
    result.broken_versions = repaired.broken


async def _foreseen(order: Order, place: DatabasePlace, remote: Remote) -> Repaired | None:
    """As `_in_place`, changing nothing."""
    if place.path is None or order.values.boolean("repair-only-paths"):
        return None
    try:
        async with present_database(place, only_paths=False) as database:
            if database is None or not await database.read(any_volumes):
                return None
            if not order.values.given("prefix"):
                remote.prefix = (await database.read(read_settings)).get("prefix", remote.prefix)
            return await repairable(remote, database)
    except DatabaseUnusable:
        return None


async def _in_place(order: Order, place: DatabasePlace, remote: Remote) -> Repaired | None:
    """None where the database has to be built anew: it is missing or damaged, or the destination holds what
    it does not know."""
    values = order.values
    if place.path is None or values.boolean("repair-only-paths"):
        return None
    try:
        unlock = unlocking(order, remote, order.reading)
        async with owning(order, place), _known_to(order, place, remote, unlock) as database:
            if database is None:
                return None
            recorded = await database.read(read_settings)
            form = encryption(values, recorded.get("encryption", ""))
            copies = await copies_of(order, remote)
            brought = await copy_back(remote, copies, database, emptied_too=True) if copies else []
            repaired = await repair(remote, database, upkeep_settings(values, form))
            if repaired is not None:
                repaired.brought = len(brought)
            if repaired is not None and values.boolean("upload-verification-file"):
                await refresh_verification_file(remote, database, values.text("asynchronous-upload-folder"))
            return repaired
    except (DatabaseUnusable, FolderMissing):  # the second tells more where it is found again
        return None


@asynccontextmanager
async def _known_to(
    order: Order, place: DatabasePlace, remote: Remote, unlock: Unlock
) -> AsyncIterator[Database | None]:
    """The database that is there, and the keys in `remote`; None where it knows no volumes."""
    async with present_database(place, only_paths=False, reads_only=False) as database:
        if database is None or not await database.read(any_volumes):
            yield None
            return
        recorded = await database.read(read_settings)
        if not order.values.given("prefix"):
            remote.prefix = recorded.get("prefix", remote.prefix)
        unlock(recorded.get("encryption", ""))
        await check_passphrase(remote, recorded)
        yield database


async def clean_up(order: Order, place: DatabasePlace, remote: Remote, unlock: Unlock) -> None:
    """What --auto-cleanup asks for before a backup, which owns both sides already: files at the destination
    that the database does not know are taken into it, as repair does. What is missing the backup itself makes
    anew.

    Raises `OutdatedDatabase`, `MissingRemoteFiles` where more than half of the data is gone, and what
    `rebuild` raises.
    """
    async with _known_to(order, place, remote, unlock) as database:
        if database is None:
            return
        remote.create_folder = False
        difference = await look(remote, database)
        if not difference.extra:
            return
        await refuse_newer(database, difference.extra)
        lost = [row for row in difference.missing if row.kind == "dblock"]
        if 2 * len(lost) > len(await database.read(lambda c: all_volumes(c, "dblock"))):
            raise missing_files(difference)
    order.report.message(
        f"The destination holds {len(difference.extra)} file(s) that this machine does not know, for example"
        f" {difference.extra[0]}. The local database is built from the destination first."
    )
    await rebuild(place, remote, unlock)


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
