"""What most of a destination comes to for those that wrap another one, and for those of other machines."""

from __future__ import annotations

from pathlib import Path

from triplicati.storage.destination import Destination, RemoteFile, Upload, Write

# Inside a class, `list` is the method.
Listing = list[RemoteFile]


class Forwarding:
    """Around `inner`, to which it hands on everything; what else is done is for classes made of this one."""

    def __init__(self, inner: Destination) -> None:
        self._inner = inner

    @property
    def inner(self) -> Destination:
        return self._inner

    @property
    def display(self) -> str:
        return self._inner.display

    @property
    def staging(self) -> Path | None:
        return self._inner.staging

    def local(self, name: str) -> Path | None:
        return self._inner.local(name)

    async def list(self) -> Listing:
        return await self._inner.list()

    async def get(self, name: str, write: Write) -> None:
        await self._inner.get(name, write)

    async def put(self, name: str, upload: Upload) -> None:
        await self._inner.put(name, upload)

    async def delete(self, name: str) -> None:
        await self._inner.delete(name)

    async def test(self) -> None:
        await self._inner.test()

    async def create_folder(self) -> None:
        await self._inner.create_folder()


class Elsewhere:
    """Of a destination whose files are none of this machine. `display` as `Destination` has it."""

    def __init__(self, display: str) -> None:
        self._display = display

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._display!r})"

    @property
    def display(self) -> str:
        return self._display

    @property
    def staging(self) -> Path | None:
        return None

    def local(self, name: str) -> Path | None:
        return None
