"""Where a volume's bytes go: encryption, hash and file, in a thread beside the one that compresses."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from triplicati.errors import TriplicatiError, disk_error
from triplicati.formats.hashes import VOLUME_HASH, hasher

if TYPE_CHECKING:
    from triplicati.formats.aescrypt import AesEncryptor

# Parts of about 1 MiB that may wait: enough to keep both threads busy, little memory.
_WAITING = 4


class VolumeSink:
    """Takes parts with `write`; `close` gives (size, digest) of what the file holds then.

    `busy` are the seconds that its thread has worked, `waited` those that `write` had to wait for it.
    """

    def __init__(self, path: Path, passphrase: str | None) -> None:
        self.busy = self.waited = 0.0
        self._path = path
        self._plain = 0
        self._hash = hasher(VOLUME_HASH)()
        self._size = 0
        self._failure: OSError | None = None
        try:
            self._file = path.open("wb", buffering=0)
            self._encryptor = None if passphrase is None else self._new_encryptor(passphrase)
        except OSError as error:
            raise disk_error(error, str(path)) from error
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(_WAITING)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _new_encryptor(self, passphrase: str) -> AesEncryptor:
        """Writes the head of the stream."""
        from triplicati.formats.aescrypt import AesEncryptor  # noqa: PLC0415 - cryptography is slow to import

        try:
            return AesEncryptor(self._out, passphrase)
        except OSError:
            self._file.close()
            raise

    def write(self, part: bytes) -> None:
        """Raises what went wrong with an earlier part."""
        if not self._room.acquire(blocking=False):
            since = perf_counter()
            self._room.acquire()
            self.waited += perf_counter() - since
        self._check()
        self._plain += len(part)
        self._queue.put(part)

    def abandon(self) -> None:
        """For a volume that nobody wants any more."""
        self._queue.put(None)
        self._thread.join()
        self._file.close()

    def close(self, tail: bytes) -> tuple[int, bytes]:
        """The file is opened again and its end compared with `tail`, that of the plain container: cheap,
        and a disk that loses what it is given is found out before the upload. Raises `DiskFull` and its
        like, never `OSError`: see `_check`."""
        size, digest = self._close()
        try:
            found = self._read_back(len(tail))
        except OSError as error:
            raise disk_error(error, str(self._path)) from error
        if found != tail:
            raise TriplicatiError(
                reason=f"{self._path}: what was written does not read back. Check the disk."
            )
        return size, digest

    def _read_back(self, size: int) -> bytes:
        """The end of the plain container."""
        with self._path.open("rb") as file:
            offset = self._plain - size
            if self._encryptor is not None:
                return self._encryptor.read_back(file, offset, size)
            file.seek(offset)
            return file.read()

    def _close(self) -> tuple[int, bytes]:
        self._queue.put(None)
        self._thread.join()
        try:
            if self._failure is None and self._encryptor is not None:
                self._encryptor.close()
            self._file.close()
        except OSError as error:
            self._failure = self._failure or error
        self._check()
        return self._size, self._hash.digest()

    def _check(self) -> None:
        """A failure here must not look like one of the file that is being read: that would only be left
        out."""
        if self._failure is not None:
            raise disk_error(self._failure, str(self._path)) from self._failure

    def _run(self) -> None:
        consume: Callable[[bytes], object] = self._encryptor.update if self._encryptor else self._out
        while (part := self._queue.get()) is not None:
            if self._failure is None:
                since = perf_counter()
                try:
                    consume(part)
                except OSError as error:
                    self._failure = error
                self.busy += perf_counter() - since
            self._room.release()

    def _out(self, data: bytes | memoryview) -> None:
        self._hash.update(data)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._size += len(data)
