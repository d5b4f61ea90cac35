"""Mirroring plain files from options (spec/cli.md 1.3)."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import cast

import msgspec

from triplicati.config.datafolder import create, data_folder
from triplicati.config.local_database import DatabasePlace
from triplicati.engine import from_options
from triplicati.engine.remote import Remote
from triplicati.engine.stopping import StopRequest
from triplicati.engine.syncing import SyncSettings, Trust, sync
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.sync_state import open_sync_state
from triplicati.messages.results import SyncResult
from triplicati.operations.backup import refuse_remote_sources
from triplicati.operations.order import Order, remote_of
from triplicati.operations.owning import address_of, owning
from triplicati.values.urls import DestinationUrl


async def run_sync(order: Order, stop: StopRequest) -> SyncResult:
    """Mirrors the order's sources. Raises what `sync` and wrong options raise, and `InUseElsewhere`."""
    refuse_remote_sources(order)
    begin, settings = time.time(), _settings(order)
    place = _place(order)
    assert place.path is not None
    async with owning(order, place), open_sync_state(place.path) as state:
        result = await sync(
            lambda folder: _remote_below(order, folder), settings, state, order.report, stop
        )
    result.begin_time = begin
    return result


def _settings(order: Order) -> SyncSettings:
    values = order.values
    walk = from_options.backup_settings(
        values,
        order.positionals,
        order.rules(),
        form=VolumeFormat(),
        encryption="none",
        now=order.now,
        environment=order.environment,
    )
    trust = cast("Trust", values.choice("sync-remote-state"))
    if trust == "UseLocalState" and values.boolean("sync-recheck"):
        trust = "UseRemoteState"
    return SyncSettings(
        # A source that is missing must be told, for what it held would be deleted.
        walk=msgspec.structs.replace(walk, allow_missing_source=False),
        trust=trust,
        deletes=values.boolean("sync-then-delete"),
        hashes=values.boolean("sync-verify-hash"),
        dry_run=values.boolean("dry-run"),
    )


def _place(order: Order) -> DatabasePlace:
    """Where it is kept what was sent: as said, else in the data folder by the address of the destination."""
    if path := order.values.text("dbpath"):
        return DatabasePlace(Path(path).expanduser().absolute())
    folder = data_folder(order.values, order.environment, order.program)
    create(folder)
    name = hashlib.sha256(address_of(order).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return DatabasePlace(folder.path / f"sync-{name}.sqlite", folder=folder)


def _remote_below(order: Order, folder: str) -> Remote:
    """The destination of one folder of the mirror: the same address, further down."""
    return remote_of(msgspec.structs.replace(order, url=below(order.url, folder)))


def below(url: DestinationUrl, folder: str) -> DestinationUrl:
    """`folder` with "/" between its names, "" for the address itself."""
    if not folder:
        return url
    if url.scheme == "file":
        path = os.path.join(url.path, *folder.split("/"))
    else:
        path = f"{url.path.rstrip('/')}/{folder}".lstrip("/")
    return msgspec.structs.replace(url, path=path)
