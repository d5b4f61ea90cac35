"""Saved backups: list, make, change, delete (spec/server.md 3.2)."""

from __future__ import annotations

import msgspec

from triplicati.config.server.masking import mask_options
from triplicati.messages.api_backups import (
    BackupDefaults,
    BackupInput,
    BackupRow,
    Created,
    DefaultSchedule,
    DefaultSettings,
    Deleted,
    IsActive,
    IsInUse,
    OneBackupTwice,
)
from triplicati.messages.job_file import SettingForm
from triplicati.runner import saving
from triplicati.runner.backup_list import listed_backups, one_backup
from triplicati.runner.daemon import Daemon
from triplicati.runner.deleting import delete_backup
from triplicati.runner.local_files import is_used_elsewhere
from triplicati_web.conventions import Malformed
from triplicati_web.routing import Call, Reply, Route

_TAG = "backups"
_DEFAULTS = ("encryption-module", "aes"), ("compression-module", "zip"), ("dblock-size", "50mb")
_EMPTY = ("keep-time", "keep-versions", "retention-policy")
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ListQuery(msgspec.Struct):
    orderby: str = ""


class CreateQuery(msgspec.Struct):
    temporary: bool = False
    existingdb: bool = False


class DeleteQuery(msgspec.Struct, rename="kebab"):
    delete_remote_files: bool = False
    delete_local_db: bool = False
    force: bool = False


async def backups(call: Call) -> list[BackupRow]:
    query: ListQuery = call.query
    # A plus in an address is a blank.
    return await listed_backups(call.daemon, query.orderby)


async def create(call: Call) -> Created:
    body, query = _body(call), call.query
    made = await saving.create(
        call.daemon,
        body.backup,
        body.schedule,
        temporary=query.temporary,
        existing_database=query.existingdb,
    )
    return Created(made.id, made.temporary)


async def get(call: Call) -> OneBackupTwice:
    return await one_backup(call.daemon, call.path["id"])


async def change(call: Call) -> None:
    body = _body(call)
    await saving.change(call.daemon, call.path["id"], body.backup, body.schedule)


async def delete(call: Call) -> Reply:
    query: DeleteQuery = call.query
    found = await delete_backup(
        call.daemon,
        call.path["id"],
        remote_files=query.delete_remote_files,
        local_database=query.delete_local_db,
        force=query.force,
    )
    return Reply(found, status=200 if found.status == "OK" else 500)


async def is_active(call: Call) -> IsActive:
    daemon: Daemon = call.daemon
    backup = await daemon.backup(call.path["id"])
    return IsActive(daemon.queue.active(backup.id) is not None)


async def is_database_used_elsewhere(call: Call) -> IsInUse:
    daemon: Daemon = call.daemon
    return IsInUse(await is_used_elsewhere(daemon, await daemon.backup(call.path["id"])))


async def defaults(call: Call) -> BackupDefaults:
    daemon: Daemon = call.daemon
    options = mask_options(await daemon.store.application_options())
    settings = [SettingForm("", name, value) for name, value in _DEFAULTS]
    settings += [SettingForm("", name, "") for name in _EMPTY]
    return BackupDefaults(
        [SettingForm("", name, value) for name, value in options.items()],
        DefaultSettings(settings),
        DefaultSchedule("1D", "13:00:00", _DAYS),
    )


def _body(call: Call) -> BackupInput:
    """Raises `Malformed` for what Duplicati requires too."""
    body: BackupInput = call.body
    if any(not each.name for each in body.backup.settings or ()):
        raise Malformed
    return body


ROUTES = (
    Route(
        "GET",
        "/api/v1/backups",
        backups,
        "All saved backups",
        _TAG,
        query=ListQuery,
        answer=list[BackupRow],
    ),
    Route(
        "POST",
        "/api/v1/backups",
        create,
        "Save a new backup, or keep one in memory",
        _TAG,
        query=CreateQuery,
        body=BackupInput,
        answer=Created,
    ),
    Route("GET", "/api/v1/backup/{id}", get, "One backup", _TAG, answer=OneBackupTwice),
    Route("PUT", "/api/v1/backup/{id}", change, "Change a backup", _TAG, body=BackupInput),
    Route(
        "DELETE",
        "/api/v1/backup/{id}",
        delete,
        "Delete a backup, and its files if told",
        _TAG,
        query=DeleteQuery,
        answer=Deleted,
    ),
    Route(
        "GET",
        "/api/v1/backup/{id}/isactive",
        is_active,
        "Whether a task of it runs or waits",
        _TAG,
        answer=IsActive,
    ),
    Route(
        "GET",
        "/api/v1/backup/{id}/isdbusedelsewhere",
        is_database_used_elsewhere,
        "Whether another backup has the same local database",
        _TAG,
        answer=IsInUse,
    ),
    Route(
        "GET",
        "/api/v1/backupdefaults",
        defaults,
        "What a new backup begins with",
        _TAG,
        answer=BackupDefaults,
    ),
)
