"""Operations on a backup: run, restore, repair, its local database (spec/server.md 3.4, 3.16)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from triplicati.errors import TaskNotFound
from triplicati.messages.api_backups import (
    Created,
    DatabasePathInput,
    RepairInput,
    RestoreInput,
    StoredConfiguration,
    TaskStarted,
)
from triplicati.runner import local_files
from triplicati.runner.browsing import moment_of
from triplicati.runner.daemon import Daemon
from triplicati.runner.restore_request import restore_options, restore_paths
from triplicati.runner.stored_configurations import stored_configurations
from triplicati.runner.tasks import StopKind
from triplicati_web.routing import Call, Handler, Route

_TAG = "operations"


class RunQuery(msgspec.Struct):
    skipqueue: bool = False


async def run(call: Call) -> TaskStarted:
    daemon: Daemon = call.daemon
    # Clients of Duplicati 2.0 expect what they start to be next.
    task = await daemon.start(call.path["id"], "Backup", first=call.query.skipqueue or call.legacy)
    return TaskStarted(task.id)


async def restore(call: Call) -> TaskStarted:
    daemon: Daemon = call.daemon
    wanted: RestoreInput = call.body or RestoreInput()
    extra = await restore_options(daemon, wanted)
    task = await daemon.start(
        call.path["id"], "Restore", extra=extra, paths=restore_paths(wanted)
    )
    return TaskStarted(task.id)


async def repair(call: Call) -> TaskStarted:
    return await _repair(call, "Repair")


async def repair_update(call: Call) -> TaskStarted:
    return await _repair(call, "RepairUpdate")


def starting(operation: str) -> Handler:
    """The handler that starts an operation without any choice."""

    async def start(call: Call) -> TaskStarted:
        daemon: Daemon = call.daemon
        return TaskStarted((await daemon.start(call.path["id"], operation)).id)

    return start


def stopping(kind: StopKind) -> Handler:
    """The handler that stops what runs of a backup, or what waits if nothing runs."""

    async def stop(call: Call) -> TaskStarted:
        daemon: Daemon = call.daemon
        backup = await daemon.backup(call.path["id"])
        task = daemon.queue.active(backup.id)
        if task is None:
            raise TaskNotFound(id=backup.id)
        daemon.stop(task, kind)
        return TaskStarted(task.id)

    return stop


async def delete_database(call: Call) -> None:
    daemon: Daemon = call.daemon
    await local_files.delete_local(daemon, await daemon.backup(call.path["id"]))


async def move_database(call: Call) -> None:
    daemon: Daemon = call.daemon
    await local_files.move_local(daemon, await daemon.backup(call.path["id"]), _path(call.body))


async def update_database(call: Call) -> None:
    daemon: Daemon = call.daemon
    await local_files.use_other(daemon, await daemon.backup(call.path["id"]), _path(call.body))


async def stored_in_backup(call: Call) -> list[StoredConfiguration]:
    daemon: Daemon = call.daemon
    return await stored_configurations(daemon, await daemon.backup(call.path["id"]))


async def copy_to_temporary(call: Call) -> Created:
    daemon: Daemon = call.daemon
    backup = await daemon.backup(call.path["id"])
    copy = daemon.add_temporary(msgspec.structs.replace(backup, db_path=""))
    return Created(copy.id, True)


async def _repair(call: Call, operation: str) -> TaskStarted:
    daemon: Daemon = call.daemon
    wanted: RepairInput = call.body or RepairInput()
    extra: dict[str, str | None] = {}
    if wanted.only_paths:
        extra["repair-only-paths"] = "true"
    if wanted.refresh_lock_info:
        extra["repair-refresh-lock-info"] = "true"
    if wanted.time:
        moment_of(wanted.time)
        extra["time"] = wanted.time
    if wanted.version:
        extra["version"] = wanted.version
    return TaskStarted((await daemon.start(call.path["id"], operation, extra=extra)).id)


def _path(body: DatabasePathInput | None) -> str | None:
    return body.path if body is not None else None


def _plain_routes() -> Iterator[Route]:
    """Operations that take no choice: path, operation, what it does. Those whose operation does not exist yet
    say so (`Route.available`)."""
    plain = (
        ("compact", "Compact", "Put what is left of half-empty volumes together"),
        ("verify", "Verify", "Test volumes at the destination"),
        ("vacuum", "Vacuum", "Give back room that the local database does not need"),
        ("purge", "PurgeBrokenFiles", "Take files that cannot be restored out of the versions"),
    )
    for name, operation, summary in plain:
        yield Route(
            "POST",
            f"/api/v1/backup/{{id}}/{name}",
            starting(operation),
            summary,
            _TAG,
            answer=TaskStarted,
            available=operation,
        )
    for name, operation, summary in (
        ("createreport", "CreateReport", "Make a report of a problem, which a notification then offers"),
        ("report-remote-size", "ListRemote", "See how much room the backup takes at its destination"),
    ):
        yield Route(
            "POST", f"/api/v1/backup/{{id}}/{name}", starting(operation), summary, _TAG, answer=TaskStarted
        )


ROUTES = (
    Route(
        "POST",
        "/api/v1/backup/{id}/run",
        run,
        "Run a backup; one that runs or waits already is given instead",
        _TAG,
        query=RunQuery,
        answer=TaskStarted,
        aliases=("/api/v1/backup/{id}/start",),
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/restore",
        restore,
        "Restore files",
        _TAG,
        body=RestoreInput | None,
        answer=TaskStarted,
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/repair",
        repair,
        "Build the local database anew from the destination",
        _TAG,
        body=RepairInput | None,
        answer=TaskStarted,
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/repairupdate",
        repair_update,
        "Bring versions of the destination into the local database",
        _TAG,
        body=RepairInput | None,
        answer=TaskStarted,
    ),
    *_plain_routes(),
    Route(
        "POST",
        "/api/v1/backup/{id}/abort",
        stopping("abort"),
        "Abort what runs or waits of a backup",
        _TAG,
        answer=TaskStarted,
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/stop",
        stopping("after-file"),
        "Stop what runs of a backup after the current file",
        _TAG,
        answer=TaskStarted,
    ),
    Route("POST", "/api/v1/backup/{id}/deletedb", delete_database, "Delete the local database", _TAG),
    Route(
        "POST",
        "/api/v1/backup/{id}/movedb",
        move_database,
        "Move the local database",
        _TAG,
        body=DatabasePathInput | None,
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/updatedb",
        update_database,
        "Use another file as local database",
        _TAG,
        body=DatabasePathInput | None,
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/restore-task-config",
        stored_in_backup,
        "Read the configurations stored in the backup, and keep them in memory",
        _TAG,
        answer=list[StoredConfiguration],
        available="RestoreControlFiles",
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/copytotemp",
        copy_to_temporary,
        "Keep a copy of the configuration in memory",
        _TAG,
        answer=Created,
    ),
)
