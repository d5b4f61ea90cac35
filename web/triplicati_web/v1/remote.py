"""Destinations that are tried out (spec/server.md 3.13)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import trio

from triplicati.errors import DestinationNotCreated, FolderMissing, TriplicatiError
from triplicati.messages.api_destinations import LocalDatabaseOf, Nothing, RemoteBody, RemoteEntry
from triplicati.runner.destinations import (
    Asked,
    create_destination,
    list_destination,
    local_database_of,
    test_destination,
)
from triplicati.runner.status import moment_of
from triplicati_web.failures import refused
from triplicati_web.routing import Call, Reply, Route

_TAG = "destinations"
# The words for which pages look.
_WORDS: dict[type[TriplicatiError], str] = {
    FolderMissing: "missing-folder",
    DestinationNotCreated: "error-creating-folder",
}


class TestQuery(msgspec.Struct):
    __test__ = False  # no class of tests

    autocreate: bool = False
    readonlytest: bool = False
    type: str = "Backend"


class ListQuery(msgspec.Struct, rename="camel"):
    url: str = ""
    path: str = ""
    backup_id: str | None = None


async def test(call: Call) -> object:
    wanted: TestQuery = call.query
    try:
        await test_destination(
            call.daemon, _asked(call, wanted.type), create=wanted.autocreate, read_only=wanted.readonlytest
        )
    except TriplicatiError as error:
        return _failure(error)
    return Nothing()


async def create(call: Call) -> object:
    try:
        await create_destination(call.daemon, _asked(call))
    except TriplicatiError as error:
        return _failure(error)
    return Nothing()


async def dbpath(call: Call) -> LocalDatabaseOf:
    path = await local_database_of(call.daemon, _asked(call))
    exists = path is not None and await trio.to_thread.run_sync(Path(path).exists)
    return LocalDatabaseOf(exists, path)


async def entries(call: Call) -> list[RemoteEntry]:
    wanted: ListQuery = call.query
    asked = Asked(url=wanted.url, backup_id=wanted.backup_id)
    return [
        RemoteEntry(
            each.name, False, each.size, None if each.modified is None else moment_of(each.modified)
        )
        for each in await list_destination(call.daemon, asked, wanted.path)
    ]


def _asked(call: Call, kind: str = "Backend") -> Asked:
    body: RemoteBody = call.body
    return Asked(
        url=body.path or body.url,
        backup_id=body.backup_id or None,
        connection_string_id=body.connection_string_id,
        kind=kind,
    )


def _failure(error: TriplicatiError) -> Reply:
    """Pages know only 500 from this route, whatever went wrong."""
    status = error.http_status if error.http_status in (404, 501) else 500
    status = 500 if isinstance(error, FolderMissing) else status
    return refused(status, _WORDS.get(type(error), error.message), "", help_id=error.id)


ROUTES = (
    Route(
        "POST",
        "/api/v1/remoteoperation/test",
        test,
        "Try out a destination",
        _TAG,
        body=RemoteBody,
        query=TestQuery,
        answer=Nothing,
        waits=True,
    ),
    Route(
        "POST",
        "/api/v1/remoteoperation/create",
        create,
        "Create the folder of a destination",
        _TAG,
        body=RemoteBody,
        answer=Nothing,
        waits=True,
    ),
    Route(
        "POST",
        "/api/v1/remoteoperation/dbpath",
        dbpath,
        "The local database that is listed for a destination",
        _TAG,
        body=RemoteBody,
        answer=LocalDatabaseOf,
    ),
    Route(
        "GET",
        "/api/v1/remoteoperation/list",
        entries,
        "The files at a destination",
        _TAG,
        query=ListQuery,
        answer=list[RemoteEntry],
        waits=True,
    ),
)
