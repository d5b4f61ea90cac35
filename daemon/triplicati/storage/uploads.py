"""Local files as uploads, with cancellation and a count of what went out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import trio

from triplicati.storage.destination import PART


class FileUpload:
    """`sent(n)` is called in the reading thread for each part of n bytes."""

    def __init__(
        self,
        path: Path,
        size: int,
        sent: Callable[[int], object] = lambda _: None,
        *,
        disposable: bool = False,
    ) -> None:
        self.disposable = disposable
        self.path = path
        self.size = size
        self._sent = sent

    def parts(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while part := file.read(PART):
                trio.from_thread.check_cancelled()
                yield part
                self._sent(len(part))
