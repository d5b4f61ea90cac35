"""What is kept of a run: its result and log, the metadata of its backup, notifications (spec/server.md 8)."""

from __future__ import annotations

import msgspec

from triplicati.config.server.store import Store
from triplicati.errors import OperationAborted
from triplicati.messages.records import RemoteOperation
from triplicati.messages.results import BackupResult, Result
from triplicati.runner.failures import details_of
from triplicati.runner.logs import RunLog
from triplicati.runner.metadata import metadata_after, metadata_after_failure
from triplicati.runner.patience import patiently
from triplicati.runner.remote_log import RemoteLog
from triplicati.runner.result_text import failure_json, result_json
from triplicati.runner.tasks import MAIN, Task

_SHOW_LOG = "backup:show-log"
# Rows in one transaction: it must not keep others waiting.
_ROWS = 1000


class Kept(msgspec.Struct):
    """`run_id` is 0 for a backup that lives only in memory; times in Unix seconds."""

    run_id: int
    begin: float
    end: float
    log: RunLog
    remote_log: RemoteLog


async def keep_result(store: Store, task: Task, kept: Kept, result: Result) -> None:
    if not kept.run_id or task.operation == "Delete":  # nothing is left to keep it with
        return
    backup = task.backup.id
    text, lines = result_json(result, kept.log), kept.log.lines()
    await patiently(lambda: store.end_run(kept.run_id, kept.end, result.parsed, text, lines))
    await _keep_problems(store, backup, kept)
    await _keep_remote_log(store, backup, kept)
    if not result.interrupted:
        await store.set_metadata(backup, metadata_after(result))
    await _notify(store, task, result, kept.log)


async def keep_failure(store: Store, task: Task, kept: Kept, error: Exception) -> None:
    """Of a stopped run too, which is no failure that anyone needs to be told of."""
    message = task.error or str(error)
    aborted = isinstance(error, OperationAborted)
    if kept.run_id:
        text = failure_json(task.operation, kept.begin, kept.end, message, kept.log, fatal=not aborted)
        await patiently(
            lambda: store.end_run(kept.run_id, kept.end, task.parsed, text, kept.log.lines())
        )
        kept.log.name_failure(task.error_id or type(error).__name__, message)
        await _keep_problems(store, task.backup.id, kept)
        await _keep_remote_log(store, task.backup.id, kept)
    if aborted:
        return
    name = task.backup.name
    what = f'Failed while executing {task.operation} "{name}" (id: {task.backup.id})'
    await store.add_error(task.backup.id, f"{what}: {message}", details_of(error))
    if kept.run_id:
        await store.set_metadata(task.backup.id, metadata_after_failure(message, kept.end))
    await store.add_notification(
        "Error",
        "Error" if task.backup.temporary else f"Error while running {name}",
        message,
        exception=details_of(error),
        backup_id=task.backup.id,
        action=_SHOW_LOG,
        message_id=task.error_id,
        replace="backup",
    )


async def _notify(store: Store, task: Task, result: Result, log: RunLog) -> None:
    """A clean backup takes back what earlier runs of it had to say."""
    kind = {"Warning": "Warning", "Error": "Error", "Fatal": "Error"}.get(result.parsed)
    if kind is None:
        if task.operation in MAIN:
            await store.remove_notifications_of(task.backup.id)
        return
    await store.add_notification(
        kind,
        f"{kind} while running {task.backup.name}",
        _sentence(result, kind),
        backup_id=task.backup.id,
        action=_SHOW_LOG,
    )


def _sentence(result: Result, kind: str) -> str:
    problems = result.errors if kind == "Error" else result.warnings
    word = kind.lower()
    if isinstance(result, BackupResult):
        if kind == "Error" and result.files_with_error > 0:
            return f"Errors affected {result.files_with_error} file(s)."
        if len(problems) == 1:
            return problems[0].text
        if not problems:
            return "The backup was stopped early; what was uploaded is kept as a partial version."
        return f"Encountered {len(problems)} {word}s."
    return f"{kind}: {problems[0].text}" if len(problems) == 1 else f"Got {len(problems)} {word}(s)"


async def _keep_problems(store: Store, backup: str, kept: Kept) -> None:
    if found := kept.log.problems:
        await store.add_problems(kept.run_id, backup, found)


async def _keep_remote_log(store: Store, backup: str, kept: Kept) -> None:
    rows: list[RemoteOperation] = kept.remote_log.rows
    for at in range(0, len(rows), _ROWS):
        await store.add_remote_operations(kept.run_id, backup, rows[at : at + _ROWS])
