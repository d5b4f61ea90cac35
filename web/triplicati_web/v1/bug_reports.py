"""Bug reports that were made (spec/server.md 3.14)."""

from __future__ import annotations

from pathlib import Path

import trio

from triplicati.errors import TemporaryFileNotFound
from triplicati.runner.daemon import Daemon
from triplicati_web.routing import Call, Reply, Route


async def download(call: Call) -> Reply:
    daemon: Daemon = call.daemon
    text = call.path["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise TemporaryFileNotFound()
    found = await daemon.store.temp_file(int(text))
    if found is None or found.expires <= daemon.clock.now():
        raise TemporaryFileNotFound()
    try:
        content = await trio.to_thread.run_sync(Path(found.path).read_bytes)
    except OSError:
        raise TemporaryFileNotFound() from None
    headers = {"Content-Disposition": f'attachment; filename="bugreport-{found.id}.zip"'}
    return Reply(content=content, content_type="application/zip", headers=headers)


ROUTES = (
    Route(
        "GET",
        "/api/v1/bugreport/{id}",
        download,
        "A bug report, as a zip file",
        "system",
        auth="operation:bugreport",
    ),
)
