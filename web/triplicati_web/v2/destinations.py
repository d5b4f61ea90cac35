"""Destinations that are tried out or looked into (spec/server.md 3.15)."""

from __future__ import annotations

import re

from triplicati.errors import DestinationNotCreated, DestinationUntrusted, FolderMissing, TriplicatiError
from triplicati.messages.api_destinations import (
    DestinationHoldsBody,
    DestinationItem,
    DestinationItems,
    DestinationListBody,
    DestinationState,
    DestinationTestBody,
    HeldBackup,
)
from triplicati.messages.api_envelope import Envelope
from triplicati.runner.destinations import Asked, list_destination, test_destination
from triplicati.runner.holdings import held_backups
from triplicati_web.routing import Call, Route

_TAG = "destinations"
_MOST = 200
# Codes that pages look for; any other error is known by its id.
_CODES: dict[type[TriplicatiError], str] = {
    FolderMissing: "missing-folder",
    DestinationNotCreated: "error-creating-folder",
}
_OTHER = re.compile(r"not the one of (.+)$")
_TO_TRUST = re.compile(r'--(ssh-fingerprint|accept-specified-ssl-hash)=(?:"([^"]+)"|(\S+))')


async def test(call: Call) -> Envelope[DestinationState]:
    body: DestinationTestBody = call.body
    asked = Asked(
        url=body.destination_url,
        backup_id=body.backup_id or None,
        target_key=body.target_key,
        connection_string_id=body.connection_string_id,
        options=body.options or {},
        kind=body.destination_type,
    )
    try:
        found = await test_destination(
            call.daemon, asked, create=body.auto_create, read_only=body.read_only_test
        )
    except TriplicatiError as error:
        code = _CODES.get(type(error), error.id)
        return Envelope(_state_after(error), success=False, error=error.message, status_code=code)
    return Envelope(found)


def _state_after(error: TriplicatiError) -> DestinationState | None:
    """What an error tells of the destination, None for nothing."""
    if isinstance(error, FolderMissing):
        return DestinationState(False, False, False, False)
    if not isinstance(error, DestinationUntrusted):
        return None
    found = _TO_TRUST.search(str(error.details.get("advice", "")))
    if found is None:
        return None
    name, value = found[1], found[2] or found[3]
    other = _OTHER.search(str(error.details.get("reason", "")))
    return DestinationState(
        *(False,) * 4,
        reported_host_key=value if name == "ssh-fingerprint" else None,
        accepted_host_key=other[1] if other else None,
        host_certificate=value if name == "accept-specified-ssl-hash" else None,
    )


async def entries(call: Call) -> Envelope[DestinationItems]:
    body: DestinationListBody = call.body
    asked = Asked(
        url=body.destination_url,
        backup_id=body.backup_id or None,
        connection_string_id=body.connection_string_id,
        kind=body.destination_type,
    )
    try:
        files = await list_destination(call.daemon, asked, body.path)
    except TriplicatiError as error:
        return Envelope(None, success=False, error=error.message, status_code="Failed")
    end = body.offset + min(body.limit, _MOST)
    folder = body.path.rstrip("/")
    items = [DestinationItem(f"{folder}/{each.name}", each.size) for each in files[body.offset : end]]
    return Envelope(DestinationItems(items, body.offset, end < len(files)), status_code="Success")


async def holds(call: Call) -> Envelope[list[HeldBackup]]:
    body: DestinationHoldsBody = call.body
    asked = Asked(
        url=body.destination_url,
        backup_id=body.backup_id or None,
        connection_string_id=body.connection_string_id,
    )
    try:
        return Envelope(await held_backups(call.daemon, asked))
    except TriplicatiError as error:
        return Envelope(
            None, success=False, error=error.message, status_code=_CODES.get(type(error), error.id)
        )


ROUTES = (
    Route(
        "POST",
        "/api/v2/destination/test",
        test,
        "Try out a destination",
        _TAG,
        body=DestinationTestBody,
        answer=Envelope[DestinationState],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v2/destination/list",
        entries,
        "The files at a destination",
        _TAG,
        body=DestinationListBody,
        answer=Envelope[DestinationItems],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v2/destination/holds",
        holds,
        "The backups that a destination holds already",
        _TAG,
        body=DestinationHoldsBody,
        answer=Envelope[list[HeldBackup]],
        waits=True,
    ),
)
