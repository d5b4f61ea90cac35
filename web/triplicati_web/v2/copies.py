"""The further destinations of a backup; these routes are ours."""

from __future__ import annotations

from triplicati.messages.api_backups import TaskStarted
from triplicati.messages.api_copies import Copy, CopyTest
from triplicati.messages.api_envelope import Envelope
from triplicati.runner.copies import copies_of, start_copy_test, start_copying
from triplicati.runner.daemon import Daemon
from triplicati_web.routing import Call, Route

_TAG = "backups"


async def copies(call: Call) -> Envelope[list[Copy]]:
    daemon: Daemon = call.daemon
    return Envelope(await copies_of(daemon, await daemon.backup(call.path["id"])))


async def copy(call: Call) -> Envelope[TaskStarted]:
    return Envelope(TaskStarted((await start_copying(call.daemon, call.path["id"])).id))


async def test(call: Call) -> Envelope[TaskStarted]:
    return Envelope(TaskStarted((await start_copy_test(call.daemon, call.path["id"], call.body)).id))


ROUTES = (
    Route(
        "GET",
        "/api/v2/backup/{id}/copies",
        copies,
        "How far the further destinations of a backup are",
        _TAG,
        answer=Envelope[list[Copy]],
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/copies",
        copy,
        "Copy a backup to its further destinations now",
        _TAG,
        answer=Envelope[TaskStarted],
        available="RemoteSynchronization",
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/copies/verify",
        test,
        "Test volumes at one of the further destinations",
        _TAG,
        body=CopyTest,
        answer=Envelope[TaskStarted],
        available="Verify",
    ),
)
