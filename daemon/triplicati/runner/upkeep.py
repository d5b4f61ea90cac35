"""What is done at the start, an hour after it and then each day (spec/server.md 1.10)."""

from __future__ import annotations

from collections.abc import Callable

import trio

from triplicati.config.server.store import Store
from triplicati.messages.records import Run
from triplicati.runner.failures import survived
from triplicati.runner.logs import RunLog
from triplicati.runner.result_text import failure_json
from triplicati.runner.tasks import MAIN

_FIRST, _DAY = 3600.0, 86400.0
# Longest sleep, so that a machine that slept is soon back in step.
_LOOK = 3600.0
_CUT_OFF = "The server ended in the middle of this run"


async def keep_house(
    store: Store,
    retention: float,
    sessions: float,
    now: Callable[[], float],
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Removes what has expired, for as long as the daemon runs.

    `retention` is that of the log, `sessions` the longest that anybody stays signed in, both in seconds.
    """
    task_status.started()
    due = now() + _FIRST
    while True:
        await trio.sleep(max(1.0, min(due - now(), _LOOK)))
        if now() >= due:
            due = now() + _DAY
            with survived("The daily clean-up"):
                await clean(store, retention, now())
                await store.purge_token_families(now() - sessions)


async def clean(store: Store, retention: float, now: float) -> None:
    for each in await store.expired_temp_files(now):
        try:
            await trio.Path(each.path).unlink(missing_ok=True)
        except OSError:
            continue  # a folder that is read-only now may not stay so
        await store.remove_temp_file(each.id)
    await store.purge(retention, now)


async def settle_interrupted(store: Store, now: float) -> list[Run]:
    """Ends the runs that the end of the last process cut off; gives the backups among them that are to be
    resumed: those that were not resumed before, else one that ends the process would be run for ever."""
    resumable = []
    for run in await store.unfinished_runs():
        text = failure_json(run.operation, run.started, now, _CUT_OFF, RunLog(), fatal=False)
        await store.end_run(run.id, now, "Stopped", text, [_CUT_OFF])
        if run.operation in MAIN and run.reason != "resume":
            resumable.append(run)
            continue
        backup = await store.backup(run.backup_id)
        if backup is not None:
            again = " again" if run.reason == "resume" else ""
            await store.add_notification(
                "Warning",
                f"Warning while running {backup.name}",
                f"{_CUT_OFF} ({run.operation}){again}; it is not resumed by itself. Run it again.",
                backup_id=run.backup_id,
                action="backup:show-log",
                message_id="RunInterrupted",
                replace="backup",
            )
    return resumable
