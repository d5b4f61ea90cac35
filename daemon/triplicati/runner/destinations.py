"""Destinations that a client tries out or looks into before a backup uses them (spec/server.md 3.13)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec
import trio

from triplicati.config.dbconfig import NAME, database_key, find_database
from triplicati.config.server.masking import (
    has_placeholder,
    leads_elsewhere,
    same_place,
    unmask_options,
    unmask_url,
)
from triplicati.config.server.password_names import is_password
from triplicati.engine.connecting import limited
from triplicati.errors import (
    ConnectionStringNotFound,
    DestinationError,
    DestinationNotCreated,
    FolderMissing,
    InvalidValue,
    OperationNotAvailable,
)
from triplicati.formats.names import parse_name
from triplicati.messages.api_destinations import DestinationState
from triplicati.messages.saved import SavedBackup, Setting
from triplicati.operations.order import Order
from triplicati.runner.daemon import Daemon
from triplicati.storage.destination import Destination, RemoteFile
from triplicati.storage.registry import open_destination
from triplicati.values.urls import parse_url

_BACKEND = "backend"
# Seconds: whoever waits sits in front of a page.
_PATIENCE = 120.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An address as a client has it: with stars for what only the server knows, which is filled in from the
    backup or the shared address if they lead to the same host; with none at all, theirs is taken. `options`
    are those of the test alone. With a `target_key` it is that further destination of the backup which counts
    ("" for one that is not saved yet), and not what the backup says about connections to its own."""

    url: str
    backup_id: str | None = None
    target_key: str | None = None
    connection_string_id: int | None = None
    options: Mapping[str, str | None] = {}
    kind: str = "Backend"

    def __repr__(self) -> str:
        return "Asked(...)"


class Reached(msgspec.Struct, frozen=True):
    destination: Destination
    order: Order


@asynccontextmanager
async def reached(daemon: Daemon, asked: Asked) -> AsyncIterator[Reached]:
    """Secrets that were fetched for it are not in the errors of the body. Raises what a wrong address and
    wrong options raise, `ConnectionStringNotFound`, and `DestinationError` after two minutes."""
    if asked.kind.lower() not in ("", _BACKEND):
        raise OperationNotAvailable(operation=asked.kind)
    backup = await _as_backup(daemon, asked)
    order = await daemon.order(backup, "ListRemote")
    try:
        destination = open_destination(order.url, order.values.as_given())
        with trio.move_on_after(_PATIENCE) as scope:
            yield Reached(limited(destination, order.values, order.url.scheme), order)
    except Exception as error:
        order.hide_in(error)
        raise
    if scope.cancelled_caught:
        raise DestinationError(reason=f"{order.url.display} did not answer within two minutes")


async def test_destination(
    daemon: Daemon, asked: Asked, *, create: bool, read_only: bool
) -> DestinationState:
    """Lists it, and writes and removes a small file unless `read_only`.

    Raises `FolderMissing`, `DestinationNotCreated`, and what the destination raises.
    """
    found = DestinationState(False, False, False, False)
    async with reached(daemon, asked) as there:
        destination = there.destination
        files = await _listed(destination, create=create)
        if not read_only:
            await destination.test()
        names = [name for each in files if (name := parse_name(each.name)) is not None]
        found = DestinationState(
            folder_exists=True,
            folder_is_empty=not files,
            folder_contains_backup_files=bool(names),
            folder_contains_encrypted_backup_files=any(name.encryption for name in names),
        )
    return found


async def create_destination(daemon: Daemon, asked: Asked) -> None:
    async with reached(daemon, asked) as there:
        await there.destination.create_folder()


async def list_destination(daemon: Daemon, asked: Asked, path: str = "") -> list[RemoteFile]:
    """The files in it, or in a folder below it, by name; folders are not told."""
    found: list[RemoteFile] = []
    async with reached(daemon, asked) as there:
        destination = there.destination
        if folder := path.strip("/\\"):
            if ".." in folder.replace("\\", "/").split("/"):
                raise InvalidValue(value=path, kind="path at a destination", reason="it leads out of it")
            url = there.order.url
            below = msgspec.structs.replace(url, path=f"{url.path.rstrip('/')}/{folder}")
            destination = open_destination(below, there.order.values.as_given())
        found = sorted(await destination.list(), key=lambda each: each.name)
    return found


async def local_database_of(daemon: Daemon, asked: Asked) -> str | None:
    """The path of the local database that is listed for it."""
    url = parse_url(await _full_url(daemon, asked))
    key = database_key(url, "duplicati", "")
    config = daemon.settings.folder.path / NAME
    path = await trio.to_thread.run_sync(lambda: find_database(config, key, any_user=True))
    return None if path is None else str(path)


async def _listed(destination: Destination, *, create: bool) -> list[RemoteFile]:
    try:
        return await destination.list()
    except FolderMissing:
        if not create:
            raise
    try:
        await destination.create_folder()
        return await destination.list()
    except DestinationError as error:
        raise DestinationNotCreated(reason=error.message) from error


async def _as_backup(daemon: Daemon, asked: Asked) -> SavedBackup:
    """The address with what the backup says about connections to it."""
    settings: dict[str, str | None] = {}
    if asked.backup_id and asked.target_key is None:
        stored = await daemon.backup(asked.backup_id)
        # No password is shown to a host that it was not meant for.
        known_there = not asked.url.strip() or same_place(asked.url, stored.target_url)
        known_there &= not leads_elsewhere(
            asked.options, {each.name: each.value or "" for each in stored.settings}
        )
        settings = {
            each.name: each.value for each in stored.settings if known_there or not is_password(each.name)
        }
    known = {name: value or "" for name, value in settings.items()}
    settings |= unmask_options(asked.options, known)
    return SavedBackup(
        name="",
        target_url=await _full_url(daemon, asked),
        settings=tuple(Setting(name, value) for name, value in settings.items()),
    )


async def _full_url(daemon: Daemon, asked: Asked) -> str:
    """Raises `BackupNotFound`, `ConnectionStringNotFound`, `InvalidValue`."""
    known = []
    if asked.backup_id:
        backup = await daemon.backup(asked.backup_id)
        further = [each.url for each in backup.targets if each.key == asked.target_key]
        known += [backup.target_url] if asked.target_key is None else further
    if asked.connection_string_id is not None and asked.connection_string_id > 0:
        shared = await daemon.store.connection_string(asked.connection_string_id)
        if shared is None:
            raise ConnectionStringNotFound()
        known.append(shared.base_url)
    near = [each for each in known if same_place(asked.url, each)]
    url = unmask_url(asked.url, *near) if asked.url.strip() else next(iter(known), "")
    if has_placeholder(url):
        reason = "its password is not known here; give it again"
        raise InvalidValue(value="...", kind="destination address", reason=reason)
    return url
