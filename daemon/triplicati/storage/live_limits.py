"""Speed limits and pauses that a running operation obeys at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import trio

from triplicati.storage.destination import Destination, Upload, Write
from triplicati.storage.forwarding import Forwarding
from triplicati.storage.throttle import SpeedLimit

# Seconds between two looks at whether a pause is over.
_LOOK = 0.1


class LimitedDestination(Forwarding):
    """Around a destination whose limits may be set, changed and lifted while volumes are on their way.

    `paused` tells, in any thread, whether transfers wait. A volume that is moved into place waits as long as
    sending it would take.
    """

    def __init__(
        self, inner: Destination, upload: SpeedLimit, download: SpeedLimit, paused: Callable[[], bool]
    ) -> None:
        super().__init__(inner)
        self._upload = upload
        self._download = download
        self._paused = paused

    def local(self, name: str) -> Path | None:
        return self._inner.local(name) if self._download.rate <= 0 else None

    async def get(self, name: str, write: Write) -> None:
        await self._unpaused()

        def slowly(part: bytes) -> None:
            for piece in self._download.pieces(part):
                _wait(self._download, len(piece), self._paused)
                write(piece)

        await self._inner.get(name, slowly)

    async def put(self, name: str, upload: Upload) -> None:
        await self._unpaused()
        staging = self._inner.staging
        if staging is not None and staging in upload.path.parents and self._upload.rate > 0:
            await trio.to_thread.run_sync(
                _wait_for_all, self._upload, upload.size, self._paused, abandon_on_cancel=True
            )
        await self._inner.put(name, _LimitedUpload(upload, self._upload, self._paused))

    async def _unpaused(self) -> None:
        while self._paused():  # noqa: ASYNC110 - threads ask the same question
            await trio.sleep(_LOOK)


class _LimitedUpload:
    def __init__(self, upload: Upload, limit: SpeedLimit, paused: Callable[[], bool]) -> None:
        self.path = upload.path
        self.size = upload.size
        # Moving would leave the limit out.
        self.disposable = False
        self._upload = upload
        self._limit = limit
        self._paused = paused

    def parts(self) -> Iterator[bytes]:
        for part in self._upload.parts():
            for piece in self._limit.pieces(part):
                _wait(self._limit, len(piece), self._paused)
                yield piece


def _wait_for_all(limit: SpeedLimit, count: int, paused: Callable[[], bool]) -> None:
    """As `_wait`, in pieces, since the limit may be changed or lifted meanwhile."""
    while count > 0 and limit.rate > 0:
        piece = min(count, max(limit.rate // 4, 1))
        _wait(limit, piece, paused)
        count -= piece


def _wait(limit: SpeedLimit, count: int, paused: Callable[[], bool]) -> None:
    """In a thread: until the pause is over and the bytes may go. Raises when the operation was stopped."""
    trio.from_thread.check_cancelled()
    while paused():
        trio.from_thread.run(trio.sleep, _LOOK)
    limit.wait(count, trio.from_thread.check_cancelled)
