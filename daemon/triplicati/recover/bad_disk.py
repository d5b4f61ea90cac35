"""Reads a file past the places where its disk fails."""

from __future__ import annotations

import io
from typing import IO

_SECTOR = 4096
# A disk that fails so often in a row will not come back, and each try can take seconds.
_PATIENCE = 64


class FailingFile(io.RawIOBase):
    """A file of which zeros stand in for what cannot be read; `problem` tells that there were such places.
    It ends where nothing can be read any more."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.problem = ""
        self._failed = 0

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._failed = 0
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """All of `size` bytes, but at the end: a disk gives what stands before a bad place by itself."""
        found = self._part(size)
        while found and 0 <= len(found) < size:
            more = self._part(size - len(found))
            if not more:
                break
            found += more
        return found

    def _part(self, size: int) -> bytes:
        if self._failed >= _PATIENCE:
            return b""
        start = self._file.tell()
        try:
            found = self._file.read(size)
        except OSError as error:
            self.problem = f"its disk cannot read all of it ({error.strerror or error})"
            return self._piecewise(start, size)
        self._failed = 0
        return found

    def _piecewise(self, start: int, size: int) -> bytes:
        found = bytearray()
        while self._failed < _PATIENCE and (size < 0 or len(found) < size):
            self._file.seek(start + len(found))
            wanted = _SECTOR if size < 0 else min(_SECTOR, size - len(found))
            try:
                part = self._file.read(wanted)
            except OSError:
                self._failed += 1
                part = bytes(wanted)
            else:
                self._failed = 0
            if not part:
                break
            found += part
        self._file.seek(start + len(found))
        return bytes(found)
