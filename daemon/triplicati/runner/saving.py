"""Saved backups on their way in: new ones, changed ones, and those from files (spec/server.md 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import trio

from triplicati.config.dbconfig import NAME, database_key, find_database
from triplicati.config.server.job_files import free_name, imported
from triplicati.config.server.job_forms import saved_backup
from triplicati.config.server.masking import unmasked
from triplicati.config.server.saved_rules import check_backup, settings_by_name
from triplicati.errors import BackupInvalid, JobFileUnusable
from triplicati.messages.job_file import BackupForm, JobFile, ScheduleForm
from triplicati.messages.saved import NEVER, SavedBackup
from triplicati.runner.daemon import Daemon
from triplicati.values.urls import parse_url

_LARGEST = 2**53


async def create(
    daemon: Daemon,
    form: BackupForm,
    schedule: ScheduleForm | None,
    *,
    temporary: bool = False,
    existing_database: bool = False,
) -> SavedBackup:
    """A new backup; a temporary one is not checked. Its local database is a new one, or with
    `existing_database` that which the command line has for the destination.

    Raises `BackupInvalid`, `BackupNameTaken`, and what a wrong address raises.
    """
    backup = await _from_form(daemon, form, schedule, None)
    backup = msgspec.structs.replace(backup, id="", db_path="")
    if existing_database:
        backup = msgspec.structs.replace(backup, db_path=await _listed_database(daemon, backup))
    if temporary:
        return daemon.add_temporary(backup)
    check_backup(backup)
    return await daemon.backup(await daemon.store.add_backup(backup))


async def change(daemon: Daemon, backup_id: str, form: BackupForm, schedule: ScheduleForm | None) -> None:
    """Replaces a backup. Stars stand for the secrets that it has; without metadata those it has are kept.

    Raises `BackupNotFound`, `BackupInvalid` and `BackupNameTaken`.
    """
    stored = await daemon.backup(backup_id)
    backup = await _from_form(daemon, form, schedule, stored)
    replaces = form.metadata is not None
    backup = msgspec.structs.replace(
        backup,
        id=stored.id,
        db_path=stored.db_path,
        external_id=stored.external_id if form.external_id is None else form.external_id,
        metadata=backup.metadata if replaces else stored.metadata,
    )
    if stored.temporary:
        daemon.replace_temporary(msgspec.structs.replace(backup, schedule=None))
        return
    check_backup(backup)
    await daemon.store.update_backup(backup, replace_metadata=replaces)


async def import_job(
    daemon: Daemon,
    job: JobFile,
    *,
    metadata: bool,
    temporary: bool = False,
    schedule_paused: bool = False,
    replace_settings: Mapping[str, str | None] | None = None,
) -> SavedBackup:
    """Saves what a file says under a free name. Raises `JobFileUnusable` and `BackupInvalid`."""
    backup = imported(job, metadata=metadata, replace_settings=replace_settings)
    if schedule_paused and backup.schedule is not None:
        schedule = msgspec.structs.replace(backup.schedule, paused=True)
        backup = msgspec.structs.replace(backup, schedule=schedule)
    return await add_copy(daemon, backup, temporary=temporary)


async def add_copy(daemon: Daemon, backup: SavedBackup, *, temporary: bool = False) -> SavedBackup:
    """Saves a backup as a new one, under a free name. Raises `JobFileUnusable` and `BackupInvalid`."""
    _check_storable(backup)
    if temporary:
        return daemon.add_temporary(backup)
    taken = [each.name for each in await daemon.backups()]
    backup = msgspec.structs.replace(backup, name=free_name(backup.name, taken))
    check_backup(backup)
    return await daemon.backup(await daemon.store.add_backup(backup))


async def _from_form(
    daemon: Daemon, form: BackupForm, schedule: ScheduleForm | None, stored: SavedBackup | None
) -> SavedBackup:
    """With the secrets that stars stand for. Raises `BackupInvalid`."""
    try:
        backup = saved_backup(form, schedule)
    except JobFileUnusable as error:
        raise BackupInvalid(reason=str(error.details.get("reason"))) from None
    _check_storable(backup)
    shared = {each.id: each.base_url for each in await daemon.store.connection_strings()}
    backup = unmasked(backup, stored, shared)
    known = stored.schedule if stored is not None else None
    if backup.schedule is not None and known is not None and backup.schedule.time == NEVER:
        kept = msgspec.structs.replace(backup.schedule, time=known.time, wall=known.wall)
        backup = msgspec.structs.replace(backup, schedule=kept)
    return backup


def _check_storable(backup: SavedBackup) -> None:
    """Raises `BackupInvalid` for what neither a database nor a file system takes."""
    texts = [
        *(backup.name, backup.description, backup.target_url),
        *backup.sources,
        *(text for each in backup.settings for text in (each.name, each.value or "")),
        *(each.expression for each in backup.filters),
        *(each.url for each in backup.targets),
    ]
    if any("\0" in text for text in texts):
        raise BackupInvalid(reason="A text holds the character 0")
    numbers = [backup.connection_string_id, *(each.connection_string_id for each in backup.targets)]
    if any(abs(each) > _LARGEST for each in (*numbers, *(each.order for each in backup.filters))):
        raise BackupInvalid(reason="A number is too large")


async def _listed_database(daemon: Daemon, backup: SavedBackup) -> str:
    """"" where there is none. Raises what a wrong address raises."""
    options = settings_by_name(backup)
    url = parse_url(backup.target_url)
    user = url.query.get("auth-username") or options.get("auth-username") or ""
    prefix = options.get("prefix") or "duplicati"
    key = database_key(url, prefix, user)
    path = await trio.to_thread.run_sync(
        lambda: find_database(daemon.settings.folder.path / NAME, key, any_user=True)
    )
    return "" if path is None else str(path)
