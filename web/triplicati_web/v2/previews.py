"""What would happen and what changed, by the functions of the engine that do it; these routes are ours."""

from __future__ import annotations

from triplicati.messages.api_envelope import Envelope
from triplicati.messages.changes import ChangesInput, VersionChanges
from triplicati.messages.previews import (
    FiltersInput,
    FiltersPreview,
    RestorePreview,
    RestorePreviewInput,
    RetentionInput,
    RetentionPreview,
)
from triplicati.runner.daemon import Daemon
from triplicati.runner.filters_preview import previewed_filters
from triplicati.runner.restore_request import previewed_restore
from triplicati.runner.retention_preview import previewed_retention
from triplicati.runner.version_changes import version_changes
from triplicati_web.routing import Call, Route

_TAG = "previews"


async def restore(call: Call) -> Envelope[RestorePreview]:
    daemon: Daemon = call.daemon
    wanted: RestorePreviewInput = call.body
    return Envelope(await previewed_restore(daemon, await daemon.backup(call.path["id"]), wanted))


async def retention(call: Call) -> Envelope[RetentionPreview]:
    """Of a saved backup, or of one that is only being made."""
    daemon: Daemon = call.daemon
    backup = await daemon.backup(call.path["id"]) if "id" in call.path else None
    return Envelope(await previewed_retention(daemon, backup, call.body))


async def changes(call: Call) -> Envelope[VersionChanges]:
    daemon: Daemon = call.daemon
    return Envelope(await version_changes(daemon, await daemon.backup(call.path["id"]), call.body))


async def filters(call: Call) -> Envelope[FiltersPreview]:
    daemon: Daemon = call.daemon
    return Envelope(await previewed_filters(daemon, call.body))


ROUTES = (
    Route(
        "POST",
        "/api/v2/backup/{id}/restore/preview",
        restore,
        "What a restore would write, fetch and meet",
        _TAG,
        body=RestorePreviewInput,
        answer=Envelope[RestorePreview],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/compare",
        changes,
        "What changed between two versions, added up by folders",
        _TAG,
        body=ChangesInput,
        answer=Envelope[VersionChanges],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/retention/preview",
        retention,
        "Which versions of a backup a rule would delete",
        _TAG,
        body=RetentionInput,
        answer=Envelope[RetentionPreview],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v2/retention/preview",
        retention,
        "Which of some versions a rule would delete",
        _TAG,
        body=RetentionInput,
        answer=Envelope[RetentionPreview],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v2/filters/preview",
        filters,
        "What sources and filters would take, counted for ten seconds at most",
        _TAG,
        body=FiltersInput,
        answer=Envelope[FiltersPreview],
        waits=True,
    ),
)
