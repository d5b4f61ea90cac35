"""What a backup did: results, calls of the destination, volumes (spec/server.md 3.6, 3.16)."""

from __future__ import annotations

import base64

import msgspec

from triplicati.messages.api_files import LogRow, RemoteLogRow, RemoteVolumeRow
from triplicati.messages.records import RemoteOperation, Run
from triplicati.runner.browsing import volumes_of
from triplicati.runner.daemon import Daemon
from triplicati_web.routing import Call, Route

_TAG = "logs"
# SQLite's integers end there.
_LARGEST = 2**63 - 1
_TYPES = {"dlist": "Files", "dindex": "Index", "dblock": "Blocks"}


class PageQuery(msgspec.Struct):
    """`offset` is the number of the last row of the page before; 0 for the newest."""

    offset: int = 0
    pagesize: int = 100


async def log(call: Call) -> list[LogRow]:
    daemon: Daemon = call.daemon
    backup = await daemon.backup(call.path["id"])
    runs = await daemon.store.runs(backup.id, *_page(call))
    # One that goes on has no result yet.
    return [_log_row(each) for each in runs if each.result]


async def remote_log(call: Call) -> list[RemoteLogRow]:
    daemon: Daemon = call.daemon
    backup = await daemon.backup(call.path["id"])
    rows = await daemon.store.remote_operations(backup.id, *_page(call))
    return [
        RemoteLogRow(each.id, each.run_id, each.timestamp, each.operation, each.path, _facts(each))
        for each in rows
    ]


async def remote_volumes(call: Call) -> list[RemoteVolumeRow]:
    daemon: Daemon = call.daemon
    volumes = await volumes_of(daemon, await daemon.backup(call.path["id"]))
    return [
        RemoteVolumeRow(
            each.id,
            each.name,
            _TYPES[each.kind],
            each.size,
            base64.b64encode(each.hash or b"").decode(),
            each.state,
        )
        for each in volumes
    ]


def _page(call: Call) -> tuple[int | None, int]:
    query: PageQuery = call.query
    before = min(query.offset, _LARGEST) if query.offset > 0 else None
    return before, min(max(query.pagesize, 10), 500)


def _log_row(run: Run) -> LogRow:
    return LogRow(
        id=run.id,
        operation_id=run.id,
        timestamp=int(run.ended or run.started),
        message=run.result,
        parsed_result=run.result if run.operation == "Backup" else None,
    )


def _facts(row: RemoteOperation) -> str:
    facts: dict[str, object] = {}
    if row.size is not None:
        facts["Size"] = row.size
        facts["Hash"] = row.hash
    return msgspec.json.encode(facts).decode()


ROUTES = (
    Route(
        "GET",
        "/api/v1/backup/{id}/log",
        log,
        "Results of the runs, newest first",
        _TAG,
        query=PageQuery,
        answer=list[LogRow],
    ),
    Route(
        "GET",
        "/api/v1/backup/{id}/remotelog",
        remote_log,
        "Calls of the destination, newest first",
        _TAG,
        query=PageQuery,
        answer=list[RemoteLogRow],
    ),
    Route(
        "GET",
        "/api/v1/backup/{id}/remotevolumes",
        remote_volumes,
        "The volumes as the local database has them",
        _TAG,
        answer=list[RemoteVolumeRow],
    ),
)
