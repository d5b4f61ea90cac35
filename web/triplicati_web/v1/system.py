"""What this server is and can do (spec/server.md 3.12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import trio

from triplicati.messages.api_system import FilterGroups, ModuleInfo, SystemInfo
from triplicati.runner import modules
from triplicati.runner.daemon import Daemon
from triplicati.runner.status import moment_of
from triplicati.runner.this_system import filter_groups, system_info
from triplicati.runner.works import NOT_AVAILABLE
from triplicati_web.routing import Call, Handler, Route

_TAG = "system"
# Each is offered where its route is there and the operation behind it exists. Not v2:destination:list: with
# it pages let one choose remote sources, which cannot be backed up.
_OF_ROUTES = {
    "v2:backup:list-filesets": "/api/v2/backup/list-filesets",
    "v2:backup:list-folder": "/api/v2/backup/list-folder",
    "v2:backup:list-versions": "/api/v2/backup/list-versions",
    "v2:backup:search": "/api/v2/backup/search",
    "v2:backup:list-broken-files": "/api/v2/backup/list-broken-files",
    "v2:backup:purge-broken-files": "/api/v2/backup/purge-broken-files",
    "v2:backup:delete-versions": "/api/v2/backup/delete-versions",
    "v2:destination:test": "/api/v2/destination/test",
    "v2:system:temp-disk-space": "/api/v2/system/temp-disk-space",
    "v2:filesystem:test-filter": "/api/v2/filesystem/test-filter",
    "v1:gettask:taskstarted": "/api/v1/task/{id}",
    "v1:gettask:taskfinished": "/api/v1/task/{id}",
    "v1:backup:restorecontrolfiles": "/api/v1/backup/{id}/restore-task-config",
}
_OF_SOCKET = (
    "v1:websocket",
    "v1:websocket:authenticate",
    "v1:subscribe:legacystatus",
    "v1:subscribe:backuplist",
    "v1:subscribe:serversettings",
    "v1:subscribe:progress",
    "v1:subscribe:taskqueue",
    "v1:subscribe:taskcompleted",
    "v1:subscribe:notifications",
    "v1:subscribe:remotecontrol",
)
_SOCKET = "/notifications"


async def systeminfo(call: Call) -> SystemInfo:
    from triplicati_web.api import API_ROUTES  # noqa: PLC0415 - the table of which this is a part
    from triplicati_web.live import SOCKETS  # noqa: PLC0415 - which tell what routes answer

    daemon: Daemon = call.daemon
    disabled = await daemon.store.setting("disable-api-extensions")
    sockets = [path for path, _ in SOCKETS]
    extensions = api_extensions(API_ROUTES, sockets, disabled.replace(";", ",").split(","))
    work = partial(
        system_info,
        started_by=daemon.settings.origin,
        zone=str(daemon.zone),
        now=moment_of(daemon.clock.now()),
        extensions=extensions,
        environment=daemon.environment,
    )
    return await trio.to_thread.run_sync(work)


def api_extensions(
    routes: Iterable[Route], sockets: Iterable[str], disabled: Iterable[str]
) -> list[str]:
    """What is there, so that clients use it; without those that a user turned off."""
    paths = {each.path for each in routes if each.available not in NOT_AVAILABLE}
    found = [name for name, path in _OF_ROUTES.items() if path in paths]
    found += _OF_SOCKET if _SOCKET in sockets else ()
    unwanted = {each.strip().lower() for each in disabled}
    return [each for each in found if each not in unwanted]


async def filtergroups(call: Call) -> FilterGroups:
    return FilterGroups(filter_groups())


def _modules(read: Callable[[], list[ModuleInfo]]) -> Handler:
    async def handler(call: Call) -> list[ModuleInfo]:
        return await trio.to_thread.run_sync(read)

    return handler


def _module_route(path: str, read: Callable[[], list[ModuleInfo]], what: str) -> Route:
    return Route("GET", f"/api/v1/{path}", _modules(read), what, _TAG, answer=list[ModuleInfo])


ROUTES: Sequence[Route] = (
    Route(
        "GET",
        "/api/v1/systeminfo",
        systeminfo,
        "This server, its modules and their options",
        _TAG,
        answer=SystemInfo,
    ),
    Route(
        "GET",
        "/api/v1/systeminfo/filtergroups",
        filtergroups,
        "The built-in groups of filters",
        _TAG,
        answer=FilterGroups,
        aliases=("/api/v1/filters",),
    ),
    _module_route("backendmodules", modules.backend_modules, "The kinds of destinations"),
    _module_route("encryptionmodules", modules.encryption_modules, "The kinds of encryption"),
    _module_route("compressionmodules", modules.compression_modules, "The kinds of compression"),
)
