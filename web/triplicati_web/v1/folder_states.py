"""How it stands with the backups of folders, where a user turned that on (spec/server.md 3.14)."""

from __future__ import annotations

import os

from triplicati.messages.api_texts import FolderStatus
from triplicati.runner.folder_status import folder_state, folder_states
from triplicati_web.routing import Call, Route

_TAG = "filesystem"


async def of_all(call: Call) -> list[FolderStatus]:
    return await folder_states(call.daemon)


async def of_one(call: Call) -> FolderStatus:
    path = call.path["path"]
    # The slash at the start is one with that of the address.
    return await folder_state(call.daemon, path if os.name == "nt" else "/" + path.lstrip("/"))


ROUTES = (
    Route(
        "GET", "/api/v1/folderstatus", of_all, "The state of all sources", _TAG, answer=list[FolderStatus]
    ),
    Route(
        "GET",
        "/api/v1/folderstatus/{path:path}",
        of_one,
        "The state of a folder",
        _TAG,
        answer=FolderStatus,
    ),
)
