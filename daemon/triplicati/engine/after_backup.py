"""What a complete backup does after its upload: outdated versions go, space is reclaimed, the destination is
looked at once more (spec/format.md 9.1, step 14)."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from triplicati.engine.compact_plan import worth_a_look
from triplicati.engine.damage import known_damage, mark_damaged
from triplicati.engine.deleting import delete_versions
from triplicati.engine.reconcile import reconcile
from triplicati.engine.remote import Remote
from triplicati.engine.retention import versions_to_delete
from triplicati.engine.settings import BackupSettings
from triplicati.engine.stopping import StopRequest
from triplicati.engine.verification_file import upload_verification_file
from triplicati.index.database import Database
from triplicati.index.filesets import filesets
from triplicati.index.volumes import all_volumes
from triplicati.messages.results import BackupResult


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
    """`rereads`: something was lost before, and every file was read again. `foreign` are files at the destination that nobody here knows: one of them may be a version that needs
    what would be deleted, so that nothing is."""
    if settings.retention.active and not foreign:
        await _delete_outdated(remote, database, settings, result)
    if settings.compact is not None and not stop.wanted and not foreign:
        sizes = [row.size for row in await database.read(lambda c: all_volumes(c, "dblock"))]
        if worth_a_look(sizes, settings.compact.rules, deleted=bool(result.deleted_versions)):
            from triplicati.engine.compact import compact  # noqa: PLC0415 - seldom needed

            result.compact_results = await compact(remote, database, settings.compact, stop, staging)
    if rereads or await known_damage(database):
        await mark_damaged(remote, database)
    if settings.verification_file:
        await upload_verification_file(remote, database, staging)
    if settings.verify_destination and not result.unchanged:
        remote.report.phase("Checking remote backup ...")
        await reconcile(remote, database, foreign)


async def _delete_outdated(
    remote: Remote, database: Database, settings: BackupSettings, result: BackupResult
) -> None:
    versions = await database.read(filesets)
    outdated = versions_to_delete(versions, settings.retention, time.time())
    if outdated:
        remote.report.phase("Deleting outdated versions ...")
        await delete_versions(remote, database, outdated)
        result.deleted_versions = [each.stamp for each in outdated]
