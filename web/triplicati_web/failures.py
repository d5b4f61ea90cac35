"""What an error looks like to a client (spec/server.md 2.7)."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from triplicati.errors import TriplicatiError
from triplicati.errors.groups import only_of
from triplicati_web.conventions import Malformed
from triplicati_web.routing import Reply

log = logging.getLogger(__name__)

_V2 = "/api/v2/"
# An error of the engine that names no status is the user's to solve, and Duplicati says 400 to those.
_UNNAMED = TriplicatiError.http_status
_KEPT_IN_V2 = (401, 403, 413, 429, 501)


class Unauthorized(Exception):
    """No credential, or none that is good: 401 with an empty body."""


def failed(error: Exception, path: str) -> Reply:
    """The answer to a request that raised. What nobody expected is in the log only."""
    found = only_of(error)
    if isinstance(found, Malformed):
        return Reply(content=b"", status=400)
    if isinstance(found, Unauthorized):
        return Reply(content=b"", status=401, headers={"WWW-Authenticate": "Bearer"})
    if isinstance(found, TriplicatiError):
        status = 400 if found.http_status == _UNNAMED else found.http_status
        return refused(status, found.message, path, help_id=found.id)
    log.error("A request to %s failed", path, exc_info=error)
    return Reply({"Error": "An error occurred", "Code": 500}, status=500)


def refused(
    status: int, text: str, path: str, *, help_id: str = "", headers: Mapping[str, str] | None = None
) -> Reply:
    """Under ``/api/v2`` most errors are answers with status 200 that say so."""
    body: dict[str, object] = {"Error": text, "Code": status}
    if help_id:
        body["HelpId"] = help_id
    if path.startswith(_V2):
        body = {"Success": False, "Error": text, "StatusCode": help_id or f"HTTP-{status}", "Data": None}
        if status in _KEPT_IN_V2:
            body |= {"Code": status, "HelpId": help_id}
        else:
            status = 200
    return Reply(body, status=status, headers=headers or {})
