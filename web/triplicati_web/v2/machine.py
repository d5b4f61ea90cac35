"""Room for scratch files, and filters tried out (spec/server.md 3.15)."""

from __future__ import annotations

from functools import partial

import trio

from triplicati.engine.from_options import case_sensitive
from triplicati.messages.api_envelope import Envelope
from triplicati.messages.api_folders import PathVerdict, ScratchRoom, ScratchRoomBody, TestFilterBody
from triplicati.runner.daemon import Daemon
from triplicati.runner.filter_verdicts import verdicts
from triplicati.runner.scratch_room import scratch_room
from triplicati_web.routing import Call, Route


async def temp_disk_space(call: Call) -> Envelope[ScratchRoom]:
    body: ScratchRoomBody | None = call.body
    return Envelope(await scratch_room(call.daemon, body.backup_id if body is not None else None))


async def test_filter(call: Call) -> Envelope[list[PathVerdict]]:
    daemon: Daemon = call.daemon
    body: TestFilterBody = call.body
    look = partial(
        verdicts, body.paths, body.sources, body.filters, case_sensitive=case_sensitive(daemon.environment)
    )
    # A regular expression may take as long as it likes, and must not keep the server from ending.
    return Envelope(await trio.to_thread.run_sync(look, abandon_on_cancel=True))


ROUTES = (
    Route(
        "POST",
        "/api/v2/system/temp-disk-space",
        temp_disk_space,
        "The room for scratch files",
        "system",
        body=ScratchRoomBody | None,
        answer=Envelope[ScratchRoom],
    ),
    Route(
        "POST",
        "/api/v2/filesystem/test-filter",
        test_filter,
        "Whether filters let paths through",
        "filesystem",
        body=TestFilterBody,
        answer=Envelope[list[PathVerdict]],
        waits=True,
    ),
)
