"""The queue and the progress of what runs (spec/server.md 3.8)."""

from __future__ import annotations

from triplicati.errors import NoActiveBackup
from triplicati.messages.api_progress import ProgressState
from triplicati.messages.api_tasks import TaskState
from triplicati.runner.daemon import Daemon
from triplicati.runner.live_progress import progress_state
from triplicati.runner.task_states import task_of, task_state, task_states
from triplicati.runner.tasks import StopKind
from triplicati_web.routing import Call, Handler, Route

_TAG = "tasks"


async def progress(call: Call) -> ProgressState:
    daemon: Daemon = call.daemon
    if daemon.progress is None:
        raise NoActiveBackup
    return progress_state(daemon.progress)


async def tasks(call: Call) -> list[TaskState]:
    return task_states(call.daemon)


async def task(call: Call) -> TaskState:
    return task_state(task_of(call.daemon, call.path["id"]))


def stopping(kind: StopKind) -> Handler:
    async def stop(call: Call) -> None:
        daemon: Daemon = call.daemon
        daemon.stop(task_of(daemon, call.path["id"]), kind)

    return stop


ROUTES = (
    Route(
        "GET",
        "/api/v1/progressstate",
        progress,
        "How far the running operation is, or how the last one ended",
        _TAG,
        answer=ProgressState,
    ),
    Route("GET", "/api/v1/tasks", tasks, "What runs and what waits", _TAG, answer=list[TaskState]),
    Route("GET", "/api/v1/task/{id}", task, "One task, also when it has ended", _TAG, answer=TaskState),
    Route(
        "POST",
        "/api/v1/task/{id}/stop",
        stopping("after-file"),
        "Stop a task after the current file",
        _TAG,
        aliases=("/api/v1/task/{id}/stopaftercurrentfile",),
    ),
    Route(
        "POST",
        "/api/v1/task/{id}/abort",
        stopping("abort"),
        "Abort a task",
        _TAG,
        aliases=("/api/v1/task/{id}/stopnow",),
    ),
)
