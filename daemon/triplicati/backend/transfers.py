"""Single files on their way to and from a destination."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

import trio

from triplicati.backend.connecting import Connection
from triplicati.engine.stalling import unless_stalled
from triplicati.errors import DestinationError, LocalFileUnusable
from triplicati.storage.destination import Write
from triplicati.storage.uploads import FileUpload

Moved = Callable[[int], object]
# Seconds for cleaning up after a stop.
_CLEANING = 1.5


async def put_file(
    connection: Connection, name: str, path: Path, size: int, moved: Moved = lambda _: None
) -> None:
    """`moved` is called in any thread with the bytes of each part. Raises `LocalFileUnusable`,
    `TransferStalled` and what the destination raises."""
    sent = 0

    def note(count: int) -> None:
        nonlocal sent
        sent += count
        moved(count)

    upload = FileUpload(path, size, note)
    await trio.to_thread.run_sync(_check_readable, path)
    await unless_stalled(
        name, connection.patience, lambda: connection.destination.put(name, upload), lambda: sent
    )


async def get_file(
    connection: Connection, name: str, write: Write, moved: Moved = lambda _: None
) -> int:
    """The bytes that came. `write` and `moved` are called in a thread. Raises as `put_file`, and what `write`
    raises."""
    received = 0

    def note(part: bytes) -> None:
        nonlocal received
        write(part)
        received += len(part)
        moved(len(part))

    await unless_stalled(
        name, connection.patience, lambda: connection.destination.get(name, note), lambda: received
    )
    return received


async def clean_up(connection: Connection, names: Collection[str]) -> None:
    """Deletes what a tool has sent, whatever happened; a stop has to wait for it, though not for long."""
    with trio.move_on_after(_CLEANING, shield=True):
        for name in sorted(names):
            with suppress(DestinationError):
                await connection.destination.delete(name)


def _check_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise LocalFileUnusable(path=path, reason=error.strerror) from None
