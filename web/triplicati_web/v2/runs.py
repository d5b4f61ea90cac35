"""Kept runs and the queue; these routes are ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from triplicati.errors import RunNotFound
from triplicati.messages.api_envelope import Envelope, page_info
from triplicati.messages.api_runs import ProblemRow, RunDetails, RunRow
from triplicati.messages.api_tasks import TaskOrder, TaskState
from triplicati.messages.previews import BackupDays, RunSummary
from triplicati.messages.records import Run
from triplicati.runner.daemon import Daemon
from triplicati.runner.run_rows import result_of, run_row
from triplicati.runner.run_summary import backup_days, run_summary
from triplicati.runner.task_states import task_of, task_state, task_states
from triplicati_web.routing import Call, Route

_TAG = "runs"


class RunsQuery(msgspec.Struct):
    """`before` is the number of the last run of the page before; none for the newest."""

    before: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class SummaryQuery(msgspec.Struct):
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30


class LogQuery(msgspec.Struct):
    page: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    pagesize: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1000


async def runs(call: Call) -> Envelope[list[RunRow]]:
    daemon: Daemon = call.daemon
    query: RunsQuery = call.query
    backup = await daemon.backup(call.path["id"])
    found = await daemon.store.runs(backup.id, query.before, query.limit)
    return Envelope([run_row(each) for each in found])


async def summary(call: Call) -> Envelope[RunSummary]:
    daemon: Daemon = call.daemon
    query: SummaryQuery = call.query
    return Envelope(await run_summary(daemon, await daemon.backup(call.path["id"]), query.days))


async def days(call: Call) -> Envelope[list[BackupDays]]:
    daemon: Daemon = call.daemon
    query: SummaryQuery = call.query
    return Envelope([await backup_days(daemon, each, query.days) for each in await daemon.backups()])


async def run(call: Call) -> Envelope[RunDetails]:
    daemon: Daemon = call.daemon
    query: LogQuery = call.query
    found = await _run(daemon, call.path["id"])
    lines = await daemon.store.run_log(found.id)
    first = query.page * query.pagesize
    shown = lines[first : first + query.pagesize]
    info = page_info(query.page, query.pagesize, len(lines))
    return Envelope(RunDetails(run_row(found), result_of(found), shown, info))


async def problems(call: Call) -> Envelope[list[ProblemRow]]:
    daemon: Daemon = call.daemon
    found = await _run(daemon, call.path["id"])
    rows = await daemon.store.problems(found.id)
    return Envelope(
        [
            ProblemRow(each.level, each.id, each.count, datetime.fromtimestamp(first, UTC), each.samples)
            for each, first in rows
        ]
    )


async def _run(daemon: Daemon, text: str) -> Run:
    """Raises `RunNotFound`."""
    known = text.isascii() and text.isdecimal() and len(text) < 18
    found = await daemon.store.run(int(text)) if known else None
    if found is None:
        raise RunNotFound(id=text)
    return found


async def stop_now(call: Call) -> Envelope[TaskState]:
    daemon: Daemon = call.daemon
    task = task_of(daemon, call.path["id"])
    daemon.stop(task, "now")
    return Envelope(task_state(task))


async def reorder(call: Call) -> Envelope[list[TaskState]]:
    daemon: Daemon = call.daemon
    wanted: TaskOrder = call.body
    daemon.queue.reorder(wanted.ids)
    return Envelope(task_states(daemon))


ROUTES = (
    Route(
        "GET",
        "/api/v2/backup/{id}/runs",
        runs,
        "The runs of a backup, newest first",
        _TAG,
        query=RunsQuery,
        answer=Envelope[list[RunRow]],
    ),
    Route(
        "GET",
        "/api/v2/backup/{id}/runs/summary",
        summary,
        "The runs of a backup by days of the calendar",
        _TAG,
        query=SummaryQuery,
        answer=Envelope[RunSummary],
    ),
    Route(
        "GET",
        "/api/v2/runs/days",
        days,
        "How the backups ended on each day of the calendar, of all of them",
        _TAG,
        query=SummaryQuery,
        answer=Envelope[list[BackupDays]],
    ),
    Route(
        "GET",
        "/api/v2/run/{id}",
        run,
        "One run with its result and lines of its log",
        _TAG,
        query=LogQuery,
        answer=Envelope[RunDetails],
    ),
    Route(
        "GET",
        "/api/v2/run/{id}/problems",
        problems,
        "What a run complained about, by the kind of complaint",
        _TAG,
        answer=Envelope[list[ProblemRow]],
    ),
    Route(
        "POST",
        "/api/v2/task/{id}/stop-now",
        stop_now,
        "Stop reading at once, upload what is packed and keep it as a partial version",
        _TAG,
        answer=Envelope[TaskState],
    ),
    Route(
        "POST",
        "/api/v2/tasks/order",
        reorder,
        "Put waiting tasks in another order",
        _TAG,
        body=TaskOrder,
        answer=Envelope[list[TaskState]],
    ),
)
