"""The schedule: what is due when and why; these routes are ours."""

from __future__ import annotations

from triplicati.errors import ScheduleNotFound
from triplicati.messages.api_envelope import Envelope
from triplicati.messages.api_runs import PreviewInput, PreviewRow, SchedulePlan
from triplicati.messages.job_file import ScheduleForm
from triplicati.runner.backup_list import one_backup
from triplicati.runner.daemon import Daemon
from triplicati.runner.schedule_plan import preview, schedule_plan
from triplicati_web.routing import Call, Handler, Route

_TAG = "schedule"


async def plan(call: Call) -> Envelope[SchedulePlan]:
    return Envelope(await schedule_plan(call.daemon))


async def previewed(call: Call) -> Envelope[list[PreviewRow]]:
    daemon: Daemon = call.daemon
    return Envelope(preview(call.body, daemon.zone, daemon.clock.now()))


def pausing(paused: bool) -> Handler:
    async def pause(call: Call) -> Envelope[ScheduleForm]:
        daemon: Daemon = call.daemon
        backup = await daemon.backup(call.path["id"])
        if backup.schedule is None:
            raise ScheduleNotFound
        await daemon.store.pause_schedule(backup.id, paused)
        return Envelope((await one_backup(daemon, backup.id)).schedule)

    return pause


ROUTES = (
    Route(
        "GET",
        "/api/v2/schedule",
        plan,
        "What is due when, what is overdue, and what the scheduler decided",
        _TAG,
        answer=Envelope[SchedulePlan],
    ),
    Route(
        "POST",
        "/api/v2/schedule/preview",
        previewed,
        "When a rule would be due, without saving it",
        _TAG,
        body=PreviewInput,
        answer=Envelope[list[PreviewRow]],
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/schedule/pause",
        pausing(True),
        "Turn the schedule of a backup off",
        _TAG,
        answer=Envelope[ScheduleForm],
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/schedule/resume",
        pausing(False),
        "Turn the schedule of a backup on",
        _TAG,
        answer=Envelope[ScheduleForm],
    ),
)
