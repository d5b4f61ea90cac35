"""Addresses with credentials that several backups share (spec/server.md 3.15)."""

from __future__ import annotations

import msgspec

from triplicati.config.server.masking import has_placeholder, mask_url, unmask_url
from triplicati.config.server.shared_addresses import with_shared_credentials
from triplicati.errors import ConnectionStringNotFound, InvalidValue
from triplicati.messages.api_destinations import (
    BackupIds,
    BackupName,
    ConnectionStringBody,
    ConnectionStringLine,
    UpdatedBackupIds,
)
from triplicati.messages.api_envelope import Envelope
from triplicati.messages.records import ConnectionString
from triplicati.messages.saved import SavedBackup
from triplicati.runner.daemon import Daemon
from triplicati.runner.status import moment_of
from triplicati.values.urls import parse_url
from triplicati_web.routing import Call, Route

_TAG = "destinations"


async def read_all(call: Call) -> Envelope[list[ConnectionStringLine]]:
    daemon: Daemon = call.daemon
    return Envelope([await _line(daemon, each) for each in await daemon.store.connection_strings()])


async def add(call: Call) -> Envelope[ConnectionStringLine]:
    daemon: Daemon = call.daemon
    body: ConnectionStringBody = call.body
    _check(body.name, body.base_url)
    number = await daemon.store.add_connection_string(
        body.name.strip(), body.base_url, body.description or ""
    )
    return Envelope(await _line(daemon, await _found(daemon, number)))


async def read_one(call: Call) -> Envelope[ConnectionStringLine]:
    daemon: Daemon = call.daemon
    return Envelope(await _line(daemon, await _found(daemon, _number(call))))


async def change(call: Call) -> Envelope[ConnectionStringLine]:
    daemon: Daemon = call.daemon
    body: ConnectionStringBody = call.body
    stored = await _found(daemon, _number(call))
    url = unmask_url(body.base_url, stored.base_url)
    _check(body.name, url)
    description = stored.description if body.description is None else body.description
    await daemon.store.update_connection_string(stored.id, body.name.strip(), url, description)
    return Envelope(await _line(daemon, await _found(daemon, stored.id)))


async def remove(call: Call) -> Envelope[None]:
    daemon: Daemon = call.daemon
    await daemon.store.remove_connection_string(_number(call))
    return Envelope(None)


async def update_backups(call: Call) -> Envelope[UpdatedBackupIds]:
    """Nothing is changed when one of them does not exist, or goes to another kind of destination."""
    daemon: Daemon = call.daemon
    body: BackupIds = call.body
    shared = await _found(daemon, _number(call))
    changed = [_with(await daemon.backup(each), shared) for each in dict.fromkeys(body.backup_ids)]
    for backup in changed:
        if backup.temporary:
            daemon.replace_temporary(backup)
        else:
            await daemon.store.update_backup(backup)
    return Envelope(UpdatedBackupIds([backup.id for backup in changed]))


def _with(backup: SavedBackup, shared: ConnectionString) -> SavedBackup:
    targets = tuple(
        msgspec.structs.replace(each, url=with_shared_credentials(each.url, shared.base_url))
        if each.connection_string_id == shared.id
        else each
        for each in backup.targets
    )
    url = with_shared_credentials(backup.target_url, shared.base_url)
    return msgspec.structs.replace(backup, target_url=url, targets=targets)


def _check(name: str, url: str) -> None:
    """Raises `InvalidValue`."""
    if not name.strip():
        raise InvalidValue(value=name, kind="name", reason="it is empty")
    if has_placeholder(url):
        reason = "its password is not known here; give it again"
        raise InvalidValue(value="...", kind="destination address", reason=reason)
    parse_url(url)


async def _found(daemon: Daemon, number: int) -> ConnectionString:
    found = await daemon.store.connection_string(number)
    if found is None:
        raise ConnectionStringNotFound()
    return found


async def _line(daemon: Daemon, each: ConnectionString) -> ConnectionStringLine:
    users = await daemon.store.connection_string_users(each.id)
    return ConnectionStringLine(
        each.id,
        each.name,
        each.description,
        mask_url(each.base_url),
        moment_of(each.created_at),
        moment_of(each.updated_at),
        [BackupName(*user) for user in users],
    )


def _number(call: Call) -> int:
    """Raises `ConnectionStringNotFound`."""
    text = call.path["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise ConnectionStringNotFound()
    return int(text)


_ALL, _ONE = "/api/v2/connection-strings", "/api/v2/connection-string/{id}"
_LINE = Envelope[ConnectionStringLine]

ROUTES = (
    Route("GET", _ALL, read_all, "All shared addresses", _TAG, answer=Envelope[list[ConnectionStringLine]]),
    Route("POST", _ALL, add, "Add a shared address", _TAG, body=ConnectionStringBody, answer=_LINE),
    Route("GET", _ONE, read_one, "One shared address", _TAG, answer=_LINE),
    Route("PUT", _ONE, change, "Change a shared address", _TAG, body=ConnectionStringBody, answer=_LINE),
    Route("DELETE", _ONE, remove, "Remove a shared address", _TAG, answer=Envelope[None]),
    Route(
        "POST",
        f"{_ONE}/update-backups",
        update_backups,
        "Give its credentials to backups",
        _TAG,
        body=BackupIds,
        answer=Envelope[UpdatedBackupIds],
    ),
)
