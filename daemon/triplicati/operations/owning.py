"""What an operation that writes has for itself while it runs: its destination and its local database."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from pathlib import Path

import trio

from triplicati.config.datafolder import MARKER, data_folder
from triplicati.config.local_database import DatabasePlace
from triplicati.config.ownership import canonical_address, lock_folders, owned, this_process
from triplicati.errors import TriplicatiError
from triplicati.operations.order import Order


@asynccontextmanager
async def owning(order: Order, place: DatabasePlace) -> AsyncIterator[None]:
    """Raises `InUseElsewhere`, which names the process that has one of the two."""
    with ExitStack() as stack:
        # Links are followed and files made, on disks that may be slow.
        await trio.to_thread.run_sync(lambda: stack.enter_context(_locks(order, place)))
        yield


def _locks(order: Order, place: DatabasePlace) -> AbstractContextManager[None]:
    what = {address_of(order): f"The destination {order.url.display}"}
    if place.path is not None:
        what[os.path.realpath(place.path)] = f"The local database {place.path}"
    folders = lock_folders(_folder(order, place), order.environment)
    return owned(what, folders, this_process(order.operation, time.time()))


def address_of(order: Order) -> str:
    values = order.values
    prefix = values.text("prefix") or "duplicati"
    return canonical_address(order.url, prefix, values.as_given(), values.text("auth-username") or "")


def _folder(order: Order, place: DatabasePlace) -> Path | None:
    """The data folder, None where there is none yet: with a database elsewhere none is made.

    A server knows its own, and its jobs do not say it; but their databases lie in it."""
    if place.path is not None and (place.path.parent / MARKER).exists():
        return place.path.parent
    with contextlib.suppress(TriplicatiError):
        found = data_folder(order.values, order.environment, order.program).path
        return found if found.is_dir() else None
    return None
