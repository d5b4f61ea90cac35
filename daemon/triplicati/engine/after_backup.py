"""What a complete backup does after its upload: outdated versions go, space is reclaimed, the destination is
looked at once more (spec/format.md 9.1, step 14)."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from triplicati.engine.compact_plan import worth_a_look
from triplicati.engine.damage import known_damage, mark_damaged
from triplicati.engine.deleting import delete_versions
from triplicati.engine.locking import set_locks, without_locked
from triplicati.engine.outcome import settled
from triplicati.engine.reconcile import reconcile
from triplicati.engine.remote import Remote
from triplicati.engine.retention import versions_to_delete
from triplicati.engine.settings import AfterTest, BackupSettings
from triplicati.engine.spacing import COMPACTED, SHRUNK, is_due, note, shrink
from triplicati.engine.stopping import StopRequest
from triplicati.engine.verification_file import upload_verification_file
from triplicati.errors import DestinationError
from triplicati.index.database import Database
from triplicati.index.filesets import filesets
from triplicati.index.volume_checks import last_checks
from triplicati.index.volumes import all_volumes
from triplicati.messages.results import BackupResult, VerifyResult

_DAY = 86_400


async def afterwards(
    remote: Remote,
    database: Database,
    settings: BackupSettings,
    staging: Path,
    result: BackupResult,
    stop: StopRequest,
    foreign: Collection[str],
    *,
    rereads: bool,
) -> None:
    """`rereads`: something was lost before, and every file was read again. `foreign` are files at the
    destination that nobody here knows: one of them may be a version that needs what would be deleted, so that
    nothing is."""
    if settings.lock is not None:
        newest = (await database.read(filesets))[:1]
        result.lock_results = await set_locks(remote, database, newest, settings.lock, time.time())
    if settings.retention.active and not foreign:
        await _delete_outdated(remote, database, settings, result)
    if settings.compact is not None and not stop.wanted and not foreign:
        sizes = [row.size for row in await database.read(lambda c: all_volumes(c, "dblock"))]
        looks = worth_a_look(sizes, settings.compact.rules, deleted=bool(result.deleted_versions))
        if looks and await is_due(database, COMPACTED, settings.compact_interval):
            from triplicati.engine.compact import compact  # noqa: PLC0415 - seldom needed

            result.compact_results = await compact(remote, database, settings.compact, stop, staging)
            if result.compact_results.deleted_file_count:
                await note(database, COMPACTED)
    if rereads or await known_damage(database):
        await mark_damaged(remote, database)
    if settings.verification_file:
        await upload_verification_file(remote, database, staging)
    if settings.verify_destination and not result.unchanged:
        remote.report.phase("Checking remote backup ...")
        await reconcile(remote, database, foreign)
    if settings.test is not None and not stop.wanted and await _wants_test(database, result):
        result.test_results = await _test(remote, database, settings.test, staging, stop)
    if settings.vacuum_interval is not None and await is_due(database, SHRUNK, settings.vacuum_interval):
        result.vacuum_results = await shrink(remote, database)


async def _wants_test(database: Database, result: BackupResult) -> bool:
    """Where nothing changed, no test a day ago or later has to be repeated."""
    if not result.unchanged:
        return True
    newest = max((await database.read(last_checks)).values(), default=0)
    return not 0 <= time.time() - newest < _DAY


async def _test(
    remote: Remote, database: Database, wanted: AfterTest, staging: Path, stop: StopRequest
) -> VerifyResult | None:
    """Some volumes, or none. That they cannot be tested is an error of the backup, which is stored all the
    same."""
    from triplicati.engine.verify import verify  # noqa: PLC0415 - an unchanged backup seldom needs it
    from triplicati.engine.verify_choice import samples_after  # noqa: PLC0415

    report, volumes = remote.report, await database.read(all_volumes)
    samples = samples_after(volumes, wanted.samples, wanted.percentage)
    if not samples:
        return None
    settings = msgspec.structs.replace(wanted.verify, samples=samples)
    warnings, errors = len(report.warnings), len(report.errors)
    with report.progress.apart():
        try:
            result = await settled(lambda: verify(remote, database, settings, stop, staging=staging))
        except DestinationError as error:
            report.error(error.id, f"The backup is stored, but its volumes could not be tested: {error}")
            return None
    result.warnings, result.errors = report.warnings[warnings:], report.errors[errors:]
    report.phase("Remote backup verification completed")
    return result


async def _delete_outdated(
    remote: Remote, database: Database, settings: BackupSettings, result: BackupResult
) -> None:
    versions = await database.read(filesets)
    outdated = versions_to_delete(versions, settings.retention, time.time())
    if outdated:
        outdated = await without_locked(remote, database, outdated, time.time())
    if outdated:
        remote.report.phase("Deleting outdated versions ...")
        await delete_versions(remote, database, outdated)
        result.deleted_versions = [each.stamp for each in outdated]
