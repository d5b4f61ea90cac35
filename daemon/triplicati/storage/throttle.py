"""Speed limits around any destination (``--throttle-upload``, ``--throttle-download``)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import trio

from triplicati.storage.destination import Destination, Upload, Write
from triplicati.storage.forwarding import Forwarding

# A wait is cut into pieces, so that a stop does not wait for it.
_STEP = 0.1
# A quarter of a second's worth at a time keeps the speed even; fewer bytes than this are not worth a call.
_SMALLEST = 4096



class SpeedLimit:
    """Bytes in a second, shared by all transfers of one direction; 0 for none. `rate` may change meanwhile.

    `clock` and `sleep` are for tests.
    """

    def __init__(
        self,
        rate: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.rate = rate
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        self._lock = threading.Lock()

    def wait(self, count: int, check: Callable[[], object]) -> None:
        """Blocks until `count` more bytes may go; `check` is called while it waits and may raise."""
        if self.rate <= 0:
            return
        with self._lock:
            # What was not used is lost: after a pause there is no burst.
            self._free_at = max(self._free_at, self._clock()) + count / self.rate
            until = self._free_at
        while (left := until - self._clock()) > 0:
            check()
            self._sleep(min(left, _STEP))

    def pieces(self, part: bytes) -> Iterator[bytes]:
        size = max(self.rate // 4, _SMALLEST) if self.rate > 0 else len(part)
        for at in range(0, len(part), max(size, 1)):
            yield part[at : at + size]


class ThrottledDestination(Forwarding):
    """Data always streams: a volume is neither moved into place nor read where it lies."""

    def __init__(self, inner: Destination, upload: SpeedLimit, download: SpeedLimit) -> None:
        super().__init__(inner)
        self._upload = upload
        self._download = download

    @property
    def staging(self) -> Path | None:
        return self._inner.staging if self._upload.rate <= 0 else None

    def local(self, name: str) -> Path | None:
        return self._inner.local(name) if self._download.rate <= 0 else None

    async def get(self, name: str, write: Write) -> None:
        def slowly(part: bytes) -> None:
            for piece in self._download.pieces(part):
                self._download.wait(len(piece), trio.from_thread.check_cancelled)
                write(piece)

        await self._inner.get(name, slowly)

    async def put(self, name: str, upload: Upload) -> None:
        await self._inner.put(name, _SlowUpload(upload, self._upload))


class _SlowUpload:
    def __init__(self, upload: Upload, limit: SpeedLimit) -> None:
        self.path = upload.path
        self.size = upload.size
        # Moving would leave the limit out.
        self.disposable = False
        self._upload = upload
        self._limit = limit

    def parts(self) -> Iterator[bytes]:
        for part in self._upload.parts():
            for piece in self._limit.pieces(part):
                self._limit.wait(len(piece), trio.from_thread.check_cancelled)
                yield piece
