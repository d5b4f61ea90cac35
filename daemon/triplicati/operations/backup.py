"""A backup from options."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack

from triplicati.config.local_database import local_database
from triplicati.engine import from_options
from triplicati.engine.backup import backup
from triplicati.engine.locking import lockable_or_refused
from triplicati.engine.remote import Remote
from triplicati.engine.settings import BackupSettings
from triplicati.engine.stopping import StopRequest
from triplicati.errors import ReencryptionUnfinished, UsageError
from triplicati.index.reencrypting import unfinished
from triplicati.index.settings import read_settings
from triplicati.index.volumes import any_volumes
from triplicati.messages.results import BackupResult
from triplicati.operations.order import Order, place_of, remote_of, unlocking
from triplicati.operations.owning import owning
from triplicati.operations.restore import check_passphrase


async def run_backup(order: Order, stop: StopRequest) -> BackupResult:
    """Backs the order's sources up. Raises what `backup` and wrong options raise."""
    refuse_remote_sources(order)
    begin = time.time()
    values = order.values
    dry_run = values.boolean("dry-run")
    place = place_of(order, writes=not dry_run)
    makes_folder = not values.boolean("disable-autocreate-folder")
    remote = remote_of(order, create_folder=makes_folder and not dry_run)
    unlock = unlocking(order, remote, order.writing)
    # Refused before anything is built or asked.
    _settings(order, {}, remote)
    tempdir = values.text("tempdir")
    async with AsyncExitStack() as stack:
        if not dry_run:
            await stack.enter_async_context(owning(order, place))
            if values.boolean("auto-cleanup"):
                from triplicati.operations.repair import clean_up  # noqa: PLC0415 - seldom asked for

                await clean_up(order, place, remote, unlock)
        database = await stack.enter_async_context(
            local_database(
                place, remote, unlock, tempdir=tempdir, empty_is_fine=True, absent_is_fine=makes_folder
            )
        )
        if await database.read(any_volumes):
            remote.create_folder = False  # its disk is not mounted: an empty folder would hide that
        recorded = await database.read(read_settings)
        if unfinished(recorded):
            raise ReencryptionUnfinished
        settings = _settings(order, recorded, remote)
        if settings.lock is not None:
            lockable_or_refused(remote)
        unlock(recorded.get("encryption", ""))
        if remote.keys.other:
            await check_passphrase(remote, recorded)
        if not values.text("remote-sync-json-config") or dry_run:
            result = await backup(remote, database, settings, stop, order.after_upload)
        else:
            from triplicati.engine.copying_back import copy_back  # noqa: PLC0415 - few have several
            from triplicati.operations.mirror_targets import copies_of  # noqa: PLC0415
            from triplicati.operations.mirroring import copying_along, mirror_backup  # noqa: PLC0415

            if await database.read(any_volumes):
                copies = await copies_of(order, remote)
                await copy_back(remote, copies, database)
            async with copying_along(order, remote, database):
                result = await backup(remote, database, settings, stop, order.after_upload)
            if not stop.wanted:
                await mirror_backup(order, remote, database, result, stop)
            result.warnings, result.errors = order.report.warnings, order.report.errors
            result.end_time = time.time()
    result.begin_time = begin
    return result


def refuse_remote_sources(order: Order) -> None:
    """Raises `UsageError`."""
    if any(source.startswith("@") for source in order.positionals):
        raise UsageError(
            reason="A source that starts with @ is a remote one; only local ones can be backed up yet."
        )


def _settings(order: Order, recorded: Mapping[str, str], remote: Remote) -> BackupSettings:
    values = order.values
    if not values.given("prefix"):
        remote.prefix = recorded.get("prefix", remote.prefix)
    return from_options.backup_settings(
        values,
        order.positionals,
        order.rules(),
        form=from_options.volume_format(values, recorded),
        encryption=from_options.encryption(values, recorded.get("encryption", "")),
        now=order.now,
        environment=order.environment,
    )
