"""What a backup needs over years, beyond what Duplicati's API offers."""

from __future__ import annotations

from triplicati.messages.api_backups import TaskStarted
from triplicati.messages.api_envelope import Envelope
from triplicati.messages.api_upkeep import PurgeInput, PurgePreview, PurgeVersion
from triplicati.runner.daemon import Daemon
from triplicati.runner.purge_preview import preview_purge
from triplicati_web.routing import Call, Route

_TAG = "backups"


async def purge(call: Call) -> Envelope[TaskStarted]:
    daemon: Daemon = call.daemon
    wanted: PurgeInput = call.body
    extra: dict[str, str | None] = {}
    if wanted.versions:
        extra["version"] = ",".join(map(str, wanted.versions))
    task = await daemon.start(
        call.path["id"], "PurgeFiles", extra=extra, paths=tuple(wanted.paths)
    )
    return Envelope(TaskStarted(task.id))


async def purge_preview(call: Call) -> Envelope[PurgePreview]:
    daemon: Daemon = call.daemon
    wanted: PurgeInput = call.body
    backup = await daemon.backup(call.path["id"])
    result = await preview_purge(daemon, backup, wanted)
    versions = [
        PurgeVersion(each.number, each.time, each.file_count, [file.path for file in each.files])
        for each in result.matches
    ]
    return Envelope(PurgePreview(result.removed_file_count, result.removed_file_size, versions))


ROUTES = (
    Route(
        "POST",
        "/api/v2/backup/{id}/purge",
        purge,
        "Take files out of the versions that are there already",
        _TAG,
        body=PurgeInput,
        answer=Envelope[TaskStarted],
        available="PurgeFiles",
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/purge/preview",
        purge_preview,
        "What a purge would take out; nothing is changed",
        _TAG,
        body=PurgeInput,
        answer=Envelope[PurgePreview],
        available="PurgeFiles",
    ),
)
