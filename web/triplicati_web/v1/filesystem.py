"""Folders of this machine (spec/server.md 3.13)."""

from __future__ import annotations

import os
from functools import partial

import msgspec
import trio

from triplicati.config.server.special_folders import special_folders
from triplicati.errors import PathNotFound
from triplicati.messages.api_folders import FolderEntry, PathBody
from triplicati.runner.daemon import Daemon
from triplicati.runner.local_folders import folder_entries, real_path
from triplicati_web.routing import Call, Route

_TAG = "filesystem"


class BrowseQuery(msgspec.Struct, rename="camel"):
    only_folders: bool = False
    show_hidden: bool = False


async def browse(call: Call) -> list[FolderEntry]:
    daemon: Daemon = call.daemon
    wanted: BrowseQuery = call.query
    path = _path(call)

    def look() -> list[FolderEntry]:
        return folder_entries(
            path,
            special_folders(),
            daemon.environment,
            only_folders=wanted.only_folders,
            show_hidden=wanted.show_hidden,
        )

    # A mount that does not answer must not keep the server from ending.
    return await trio.to_thread.run_sync(look, abandon_on_cancel=True)


async def validate(call: Call) -> None:
    daemon: Daemon = call.daemon
    path = _path(call)
    place = await trio.to_thread.run_sync(lambda: real_path(path, special_folders(), daemon.environment))
    if not await trio.to_thread.run_sync(partial(os.path.exists, place), abandon_on_cancel=True):
        raise PathNotFound(path=path)


def _path(call: Call) -> str:
    body: PathBody | None = call.body
    return body.path if body is not None else ""


ROUTES = (
    Route(
        "POST",
        "/api/v1/filesystem",
        browse,
        "What is in a folder of this machine",
        _TAG,
        body=PathBody | None,
        query=BrowseQuery,
        answer=list[FolderEntry],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v1/filesystem/validate",
        validate,
        "Whether there is something at a path",
        _TAG,
        body=PathBody | None,
        waits=True,
    ),
)
