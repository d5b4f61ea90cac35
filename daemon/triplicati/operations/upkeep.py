"""Compacting, deleting versions, shrinking the local database, from options (spec/format.md 12.5, 12.6)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from triplicati.config.local_database import local_database
from triplicati.engine.compact import compact
from triplicati.engine.delete import chosen_versions, delete, numbers_of_times
from triplicati.engine.from_options import encryption, retention, upkeep_settings
from triplicati.engine.reconcile import has_open_intents, reconcile
from triplicati.engine.remote import Remote
from triplicati.engine.settings import Retention
from triplicati.engine.stopping import StopRequest
from triplicati.engine.verification_file import refresh_verification_file
from triplicati.errors import ReencryptionUnfinished, UsageError
from triplicati.index.database import Database
from triplicati.index.reencrypting import unfinished
from triplicati.index.settings import read_settings
from triplicati.index.vacuum import vacuum
from triplicati.messages.results import CompactResult, DeleteResult, VacuumResult
from triplicati.operations.order import Order, place_of, remote_of, unlocking
from triplicati.operations.owning import owning
from triplicati.operations.restore import check_passphrase
from triplicati.values.stamps import parse_stamp
from triplicati.values.versions import parse_versions


@asynccontextmanager
async def upkeep(
    order: Order, *, settles: bool = True, amid_change: bool = False
) -> AsyncIterator[tuple[Remote, Database, str]]:
    """The destination and the database in a state that agrees with each other, unless that is left to the
    operation, and the encryption. `amid_change`: also while the encryption is being changed, with keys that
    were not checked then.

    Raises what `reconcile` and wrong options raise, `ReencryptionUnfinished`, `InUseElsewhere` and
    `WrongPassphrase`.
    """
    values = order.values
    place = place_of(order, writes=True)
    remote = remote_of(order)
    unlock = unlocking(order, remote, order.reading)
    tempdir = values.text("tempdir")
    async with owning(order, place), local_database(place, remote, unlock, tempdir=tempdir) as database:
        recorded = await database.read(read_settings)
        if not values.given("prefix"):
            remote.prefix = recorded.get("prefix", remote.prefix)
        unlock(recorded.get("encryption", ""))
        if unfinished(recorded) and not amid_change:
            raise ReencryptionUnfinished
        if not unfinished(recorded):
            await check_passphrase(remote, recorded)
        # It settles what an interrupted run left, which a dry run must not.
        checks = not values.boolean("no-backend-verification") or await database.read(has_open_intents)
        if settles and checks and not values.boolean("dry-run"):
            remote.report.phase("Checking remote backup ...")
            await reconcile(remote, database)
        yield remote, database, encryption(values, recorded.get("encryption", ""))
        if values.boolean("upload-verification-file") and not values.boolean("dry-run"):
            await refresh_verification_file(remote, database, values.text("asynchronous-upload-folder"))


async def run_compact(order: Order, stop: StopRequest) -> CompactResult:
    begin = time.time()
    async with upkeep(order) as (remote, database, form):
        result = await compact(remote, database, upkeep_settings(order.values, form), stop)
    result.begin_time = begin
    return result


async def run_delete(order: Order, stop: StopRequest, *, only_named: bool = False) -> DeleteResult:
    """Deletes the versions that the options choose, with `only_named` only those in ``version``, and compacts
    unless told not to.

    Raises `UsageError` when they choose by nothing.
    """
    begin, values = time.time(), order.values
    rules, numbers = retention(values, order.now), parse_versions(values.text("version") or "")
    times = _times(values.text("version-times") or "")
    if only_named:  # a job's own rules are for its backups
        rules = Retention(allow_full_removal=rules.allow_full_removal)
    if not (rules.active or numbers or times):
        raise UsageError(
            reason="Say which versions: --version, --keep-versions, --keep-time or --retention-policy."
        )
    async with upkeep(order) as (remote, database, form):
        named = (*numbers, *await numbers_of_times(database, times))
        chosen = await chosen_versions(database, named, rules, begin)
        if 0 in named and all(number for number, _ in chosen):
            order.report.message("The newest version stays; --allow-full-removal deletes that too.")
        result = await delete(remote, database, chosen, dry_run=values.boolean("dry-run"))
        if chosen and not values.boolean("no-auto-compact") and not result.dryrun and not stop.wanted:
            settings = upkeep_settings(values, form)
            result.compact_results = await compact(remote, database, settings, stop)
            result.warnings, result.errors = remote.report.warnings, remote.report.errors
    result.begin_time, result.end_time = begin, time.time()
    return result


def _times(text: str) -> list[int]:
    """Raises `UsageError`."""
    try:
        return [parse_stamp(each.strip()) for each in text.split(",") if each.strip()]
    except ValueError as error:
        raise UsageError(reason=f"--version-times: {error}") from None


async def run_vacuum(order: Order) -> VacuumResult:
    """Nothing is asked of the destination where there is a local database."""
    result = VacuumResult(main_operation="Vacuum", begin_time=time.time())
    place = place_of(order, writes=True)
    remote = remote_of(order)
    async with (
        owning(order, place),
        local_database(place, remote, unlocking(order, remote, order.reading)) as database,
    ):
        order.report.phase("Shrinking the local database ...")
        result.size_before, result.size_after = await vacuum(database)
    result.end_time = time.time()
    return result
