"""Where a volume's bytes go: encryption, hash and file, in a thread beside the one that compresses."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from triplicati.formats.hashes import VOLUME_HASH, hasher

# Parts of about 1 MiB that may wait: enough to keep both threads busy, little memory.
_WAITING = 4


class VolumeSink:
    """Takes parts with `write`; `close` gives (size, digest) of what the file holds then."""

    def __init__(self, path: Path, passphrase: str | None) -> None:
        self._file = path.open("wb", buffering=0)
        self._hash = hasher(VOLUME_HASH)()
        self._size = 0
        self._failure: BaseException | None = None
        self._encryptor = None
        if passphrase is not None:
            from triplicati.formats.aescrypt import AesEncryptor  # noqa: PLC0415 - cryptography is slow to import

            self._encryptor = AesEncryptor(self._out, passphrase)
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(_WAITING)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, part: bytes) -> None:
        """Raises what went wrong with an earlier part."""
        self._room.acquire()
        if self._failure is not None:
            raise self._failure
        self._queue.put(part)

    def close(self) -> tuple[int, bytes]:
        self._queue.put(None)
        self._thread.join()
        if self._failure is None and self._encryptor is not None:
            self._encryptor.close()
        self._file.close()
        if self._failure is not None:
            raise self._failure
        return self._size, self._hash.digest()

    def _run(self) -> None:
        consume: Callable[[bytes], object] = self._encryptor.update if self._encryptor else self._out
        while (part := self._queue.get()) is not None:
            if self._failure is None:
                try:
                    consume(part)
                except OSError as error:
                    self._failure = error
            self._room.release()

    def _out(self, data: bytes) -> None:
        self._hash.update(data)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._size += len(data)
