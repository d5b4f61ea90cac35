"""What every kind of destination offers, whatever its protocol.

All calls are cancellable. Data streams in parts of at most 1 MiB through plain callables, because most client
libraries are synchronous and run in threads; the callables check for cancellation and note progress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

PART = 1 << 20

Write = Callable[[bytes], object]


class RemoteFile(msgspec.Struct, frozen=True):
    """One object in a listing. `size` in bytes, -1 where the destination does not say."""

    name: str
    size: int
    modified: float | None = None


class Upload(Protocol):
    """A finished local file on its way to a destination."""

    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> int: ...
    @property
    def disposable(self) -> bool:
        """Whether nobody needs the file once it is sent, so that it may be moved."""
        ...

    def parts(self) -> Iterator[bytes]:
        """The content in parts. Raises in the thread that reads once the upload is cancelled."""
        ...


class Destination(Protocol):
    """Errors are `triplicati.errors.DestinationError` and its kinds; `FolderMissing` where the folder is
    absent."""

    @property
    def display(self) -> str:
        """The address without any secret."""
        ...

    @property
    def staging(self) -> Path | None:
        """A local folder from which `put` can move a file into place without copying it, or None."""
        ...

    def local(self, name: str) -> Path | None:
        """The object itself where it is a file of this machine, so that nobody needs to fetch it."""
        ...

    async def list(self) -> list[RemoteFile]: ...
    async def get(self, name: str, write: Write) -> None: ...
    async def put(self, name: str, upload: Upload) -> None: ...
    async def delete(self, name: str) -> None: ...
    async def test(self) -> None: ...
    async def create_folder(self) -> None: ...
