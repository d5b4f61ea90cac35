"""A backup that is made once for many tests, each of which has a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import trio

from support.engine import Place


class Stock(msgspec.Struct, frozen=True):
    """`folder` is of its own; `encryption` that of the place."""

    folder: Path
    encryption: str = ""

    @contextmanager
    def copied(self) -> Iterator[Place]:
        """At the path where it was made, for the backup knows its sources by theirs."""
        work = self.folder / "work"
        shutil.copytree(self.folder / "pristine", work, symlinks=True)
        try:
            yield Place(work, encryption=self.encryption)
        finally:
            shutil.rmtree(work)


def stocked(folder: Path, make: Callable[[Place], Awaitable[object]], encryption: str = "") -> Stock:
    """What `make` does with a place, to be called outside of a trio loop."""
    work = folder / "work"
    work.mkdir()
    trio.run(make, Place(work, encryption=encryption))
    work.rename(folder / "pristine")
    return Stock(folder, encryption)
