"""Tells of what is wrong with the server's own set-up (spec/server.md 1.10)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable

import msgspec
import trio

from triplicati.config.server.store import Store
from triplicati.errors import InvalidValue
from triplicati.messages.saved import SavedBackup
from triplicati.options.registry import REGISTRY
from triplicati.runner.failures import survived
from triplicati.values.sizes import format_size, parse_size

_ACTION = "config:issue:"
_DAY = 86400.0
_VOLUMES = 4
_SIZE = "dblock-size"
Free = Callable[[str], int]


class Issue(msgspec.Struct, frozen=True):
    """`key` is the last part of the action that pages know it by."""

    key: str
    message_id: str
    title: str
    text: str

    @property
    def action(self) -> str:
        return _ACTION + self.key


async def watch_configuration(
    store: Store, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """At the start and then each day."""
    task_status.started()
    while True:
        with survived("Looking at the configuration"):
            await settle(store, await issues(store))
        await trio.sleep(_DAY)


async def issues(store: Store, free: Free = lambda folder: shutil.disk_usage(folder).free) -> list[Issue]:
    """`free` gives the free bytes of a folder, or raises `OSError`."""
    found = [] if store.encrypted else [_UNENCRYPTED]
    largest = max(map(_volume_size, await store.backups()), default=_default_size())
    folder = tempfile.gettempdir()
    try:
        room = await trio.to_thread.run_sync(free, folder)
    except OSError:
        return found
    if room < _VOLUMES * largest:
        found.append(_little_room(folder, room, largest))
    return found


async def settle(store: Store, found: list[Issue]) -> None:
    """One notification for each, which stays as it is while the issue does; and none for what was mended."""
    actions = {each.action for each in found}
    ours = {_UNENCRYPTED.action, _ACTION + _ROOM}
    told = [each for each in await store.notifications() if each.action in ours]
    for notice in told:
        if notice.action not in actions:
            await store.remove_notification(notice.id)
    known = {each.action for each in told}
    for each in found:
        if each.action not in known:
            await store.add_notification(
                "Warning",
                each.title,
                each.text,
                action=each.action,
                message_id=each.message_id,
                replace="action",
            )


_ROOM = "tempdir-low-space"
_UNENCRYPTED = Issue(
    "unencrypted-database",
    "UnencryptedDatabase",
    "The server's database is not encrypted",
    "Passwords of backups are stored in clear. Start the server without --disable-db-encryption to encrypt"
    " them.",
)


def _little_room(folder: str, room: int, largest: int) -> Issue:
    text = (
        f"{folder} has {format_size(room)} left, and backups with volumes of {format_size(largest)} should"
        f" have {format_size(_VOLUMES * largest)}. Free some space, or choose another folder with --tempdir."
    )
    return Issue(_ROOM, "TempdirLowSpace", "Little room for temporary files", text)


def _volume_size(backup: SavedBackup) -> int:
    given = {each.name.removeprefix("--"): each.value or "" for each in backup.settings}
    try:
        return parse_size(given.get(_SIZE, ""), REGISTRY[_SIZE].unit) or _default_size()
    except InvalidValue:
        return _default_size()


def _default_size() -> int:
    return parse_size(REGISTRY[_SIZE].default or "50mb", REGISTRY[_SIZE].unit)
