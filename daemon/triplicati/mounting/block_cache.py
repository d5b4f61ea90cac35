"""Blocks that were fetched, in one file without a name, the least recently used given up first."""

from __future__ import annotations

import tempfile
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from types import TracebackType
from typing import IO, cast

from triplicati.engine.temporary import prefix
from triplicati.errors import disk_error

# Small enough for backups of small blocks, and of the default ones nothing much is wasted.
_PAGE = 8 << 10


class BlockCache:
    """At most `limit` bytes on disk, and for each page of 8 KiB some ten bytes of memory. For threads; the
    file is gone when this is closed, or the process ends in any way."""

    def __init__(self, limit: int, folder: str | None = None) -> None:
        """`folder` None is the usual one for temporary files. Raises `DiskFull` and its kind."""
        self.limit = limit
        self._folder = folder or tempfile.gettempdir()
        try:
            made = tempfile.TemporaryFile(prefix=prefix(), dir=self._folder, buffering=0)  # noqa: SIM115 - closed by `__exit__`
        except OSError as error:
            raise disk_error(error, self._folder) from error
        self._file = cast("IO[bytes]", made)
        self._lock = threading.Lock()
        self._blocks: OrderedDict[bytes, tuple[int, array[int]]] = OrderedDict()
        self._free: array[int] = array("I")
        self._fresh = 0
        self._pages = max(limit // _PAGE, 1)

    def __enter__(self) -> BlockCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._blocks.clear()
            self._file.close()

    def __contains__(self, digest: bytes) -> bool:
        with self._lock:
            return digest in self._blocks

    def put(self, digest: bytes, content: bytes) -> None:
        """One that is larger than the whole cache is not kept. Raises `DiskFull` and its kind."""
        need = max(-(-len(content) // _PAGE), 1)
        if need > self._pages:
            return
        with self._lock:
            if digest in self._blocks:
                self._blocks.move_to_end(digest)
                return
            pages = self._taken(need)
            try:
                self._write(pages, content)
            except OSError as error:
                self._free.extend(pages)
                raise disk_error(error, self._folder) from error
            self._blocks[digest] = (len(content), pages)

    def first(self, digests: Sequence[bytes]) -> list[bytes]:
        """The content of the first of `digests`, up to one that is not here."""
        found: list[bytes] = []
        with self._lock:
            for digest in digests:
                if digest not in self._blocks:
                    break
                self._blocks.move_to_end(digest)
                found.append(self._read(*self._blocks[digest]))
        return found

    def _taken(self, need: int) -> array[int]:
        while len(self._free) + self._pages - self._fresh < need:
            _, (_, pages) = self._blocks.popitem(last=False)
            self._free.extend(pages)
        reused = min(need, len(self._free))
        taken = self._free[len(self._free) - reused :]
        del self._free[len(self._free) - reused :]
        taken.extend(range(self._fresh, self._fresh + need - reused))
        self._fresh += need - reused
        return taken

    def _write(self, pages: array[int], content: bytes) -> None:
        view = memoryview(content)
        for first, count in _runs(pages):
            self._file.seek(first * _PAGE)
            part, view = view[: count * _PAGE], view[count * _PAGE :]
            while part:  # a raw file may take less than it is given
                part = part[self._file.write(part) :]

    def _read(self, size: int, pages: array[int]) -> bytes:
        parts: list[bytes] = []
        for first, count in _runs(pages):
            self._file.seek(first * _PAGE)
            left = min(count * _PAGE, size - sum(map(len, parts)))
            while left > 0 and (part := self._file.read(left)):
                parts.append(part)
                left -= len(part)
        return b"".join(parts)


def _runs(pages: array[int]) -> Iterator[tuple[int, int]]:
    """First page and length of each row of neighbours."""
    cuts = [0, *(at for at, (one, next_) in enumerate(pairwise(pages), 1) if next_ != one + 1), len(pages)]
    for begin, end in pairwise(cuts):
        yield pages[begin], end - begin
