"""The services of ``/notifications``: each tells what its REST route answers (spec/server.md 6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from triplicati.messages.api_texts import RemoteControlState
from triplicati.runner.backup_list import listed_backups
from triplicati.runner.daemon import Daemon
from triplicati.runner.live_progress import progress_state
from triplicati.runner.server_settings import shown_settings
from triplicati.runner.status import server_status
from triplicati.runner.task_states import task_states
from triplicati_web.v1.notices import line_of

Read = Callable[[Daemon, str], Awaitable[object]]

STATUS = "legacystatus"
# Of these each one is told, not only the last.
COMPLETED = "taskcompleted"


class Service(msgspec.Struct, frozen=True):
    """`read` gives what is told; its second argument is the text that came with the subscription, where
    `takes_text`. `topics` of the hub say when that may have changed. `first`: a subscriber is told at once.
    `repeats`: told also when nothing has changed. `interval`: seconds from one telling to the next."""

    name: str
    read: Read
    topics: frozenset[str] = frozenset()
    first: bool = True
    takes_text: bool = False
    repeats: bool = False
    interval: float = 0.25


async def _status(daemon: Daemon, text: str) -> object:
    return server_status(daemon)


async def _settings(daemon: Daemon, text: str) -> object:
    return await shown_settings(daemon)


async def _backups(daemon: Daemon, text: str) -> object:
    return await listed_backups(daemon, text)


async def _tasks(daemon: Daemon, text: str) -> object:
    return task_states(daemon)


async def _progress(daemon: Daemon, text: str) -> object:
    return progress_state(daemon.progress) if daemon.progress is not None else None


async def _notifications(daemon: Daemon, text: str) -> object:
    return [line_of(each) for each in await daemon.store.notifications()]


async def _remote_control(daemon: Daemon, text: str) -> object:
    return RemoteControlState()


async def _nothing(daemon: Daemon, text: str) -> object:
    return None


_EVERYTHING = frozenset({"server", "tasks", "backups", "schedule", "notifications", "settings"})

_ALL = (
    Service(STATUS, _status, _EVERYTHING),
    Service("backuplist", _backups, frozenset({"backups", "schedule"}), takes_text=True),
    Service("taskqueue", _tasks, frozenset({"tasks"})),
    Service("serversettings", _settings, frozenset({"settings"})),
    Service("progress", _progress, frozenset({"progress"}), first=False, repeats=True, interval=1.0),
    Service("notifications", _notifications, frozenset({"notifications"})),
    Service("remotecontrol", _remote_control),
    Service(COMPLETED, _nothing, frozenset({"tasks"}), first=False),
    # Duplicati takes the name, and never tells anything.
    Service("scheduler", _nothing, first=False),
)
SERVICES = {each.name: each for each in _ALL}
