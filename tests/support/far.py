"""A local folder that behaves as one at the other end of a line: its files have to be fetched and sent."""

from __future__ import annotations

from pathlib import Path

from triplicati.storage.destination import Destination, RemoteFile, Upload, Write

# Inside the class, `list` is the method.
Listing = list[RemoteFile]


class FarDestination:
    """Without any ability but those that every destination has. `calls` are names by operation, in turn."""

    def __init__(self, folder: Destination) -> None:
        self._folder = folder
        self.staging: Path | None = None
        self.calls: list[tuple[str, str]] = []

    @property
    def display(self) -> str:
        return self._folder.display.replace("file:", "far:")

    def local(self, name: str) -> Path | None:
        return None

    async def list(self) -> Listing:
        return await self._folder.list()

    async def get(self, name: str, write: Write) -> None:
        self.calls.append(("get", name))
        await self._folder.get(name, write)

    async def put(self, name: str, upload: Upload) -> None:
        self.calls.append(("put", name))
        await self._folder.put(name, upload)

    async def delete(self, name: str) -> None:
        self.calls.append(("delete", name))
        await self._folder.delete(name)

    async def test(self) -> None:
        await self._folder.test()

    async def create_folder(self) -> None:
        await self._folder.create_folder()
