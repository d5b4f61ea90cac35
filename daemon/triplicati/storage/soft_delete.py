"""Renames files at a destination instead of deleting them (``--soft-delete-prefix``; spec/format.md 9.9)."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio

from triplicati.storage.abilities import Renaming, ability
from triplicati.storage.deadlines import within
from triplicati.storage.destination import Destination
from triplicati.storage.forwarding import Forwarding
from triplicati.storage.uploads import FileUpload

# Carries out a transfer of a file with this name; the last one gives the bytes so far.
Watched = Callable[[str, Callable[[], Awaitable[None]], Callable[[], int]], Awaitable[None]]


async def _let_be(_name: str, call: Callable[[], Awaitable[None]], _moved: Callable[[], int]) -> None:
    await call()


class SoftDeletingDestination(Forwarding):
    """`prefix` goes before the name of what would be deleted. Where the destination cannot rename, or with
    `by_copy`, the file is fetched and sent again under that name first. What has the prefix already is
    deleted.

    A new name may take `short` seconds, 0 for any; `watched` ends a transfer that makes no progress.
    """

    def __init__(
        self, inner: Destination, prefix: str, *, by_copy: bool, short: float = 0, watched: Watched = _let_be
    ) -> None:
        super().__init__(inner)
        self._prefix = prefix
        self._by_copy = by_copy
        self._short = short
        self._watched = watched

    async def delete(self, name: str) -> None:
        if name.startswith(self._prefix):
            await self._inner.delete(name)
            return
        taken = {each.name for each in await self._inner.list()}
        new = self._prefix + name
        if new in taken:
            new = f"{new}.{secrets.token_hex(4)}"
        renaming = None if self._by_copy else ability(self._inner, Renaming)  # type: ignore[type-abstract]
        if renaming is not None:
            await within(
                self._short, "short-timeout", self.display, lambda: renaming.rename(name, new)
            )
        else:
            await self._copy(name, new)
            await self._inner.delete(name)

    async def _copy(self, name: str, new: str) -> None:
        with tempfile.NamedTemporaryFile(prefix="triplicati-") as file:
            moved = 0

            def count(part: int) -> None:
                nonlocal moved
                moved += part

            def write(part: bytes) -> None:
                file.write(part)
                count(len(part))

            await self._watched(name, lambda: self._inner.get(name, write), lambda: moved)
            size = await trio.to_thread.run_sync(_size, file)
            upload = FileUpload(Path(file.name), size, count)
            await self._watched(new, lambda: self._inner.put(new, upload), lambda: moved)


def _size(file: tempfile._TemporaryFileWrapper[bytes]) -> int:
    file.flush()
    return os.fstat(file.fileno()).st_size
