"""A wrapper that fails by script, for tests of everything above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import trio

from triplicati.errors import DestinationError
from triplicati.storage.destination import Destination, RemoteFile, Upload, Write

Operation = Literal["list", "get", "put", "delete", "create_folder"]
Action = Literal["error-before", "error-during", "error-after", "truncate", "silence", "latency"]


class Fault(msgspec.Struct, frozen=True):
    """Strikes at calls `first` .. `first + times - 1` (from 1) of `operation` whose name contains `match`."""

    operation: Operation
    action: Action
    first: int = 1
    times: int = 1
    match: str = ""
    seconds: float = 0.0


class FaultyDestination:
    """`calls` is the record of (operation, name) in order, failed ones included."""

    def __init__(self, inner: Destination, faults: Sequence[Fault] = ()) -> None:
        self._inner = inner
        self._faults = list(faults)
        self._seen = [0] * len(self._faults)
        self.calls: list[tuple[Operation, str]] = []

    @property
    def display(self) -> str:
        return self._inner.display

    @property
    def staging(self) -> Path | None:
        return None  # so that every byte passes through here

    def local(self, name: str) -> Path | None:
        return None

    async def list(self) -> list[RemoteFile]:
        action = await self._begin("list", "")
        found = await self._inner.list()
        self._end(action, "list")
        return found

    async def get(self, name: str, write: Write) -> None:
        action = await self._begin("get", name)
        if action in ("error-during", "truncate"):
            await self._get_part(name, write)
            if action == "truncate":
                return
        else:
            await self._inner.get(name, write)
        self._end(action, name)

    async def put(self, name: str, upload: Upload) -> None:
        action = await self._begin("put", name)
        if action in ("error-during", "truncate"):
            await self._inner.put(name, _Half(upload))
        else:
            await self._inner.put(name, upload)
        if action != "truncate":
            self._end(action, name)

    async def delete(self, name: str) -> None:
        action = await self._begin("delete", name)
        await self._inner.delete(name)
        self._end(action, name)

    async def test(self) -> None:
        await self._inner.test()

    async def create_folder(self) -> None:
        action = await self._begin("create_folder", "")
        await self._inner.create_folder()
        self._end(action, "")

    async def _begin(self, operation: Operation, name: str) -> Action | None:
        self.calls.append((operation, name))
        for number, fault in enumerate(self._faults):
            if fault.operation != operation or fault.match not in name:
                continue
            self._seen[number] += 1
            if fault.first <= self._seen[number] < fault.first + fault.times:
                if fault.action == "error-before":
                    raise DestinationError(reason=f"scripted failure before {operation} {name}")
                if fault.action == "silence":
                    await trio.sleep_forever()
                if fault.action == "latency":
                    await trio.sleep(fault.seconds)
                return fault.action
        return None

    def _end(self, action: Action | None, name: str) -> None:
        if action in ("error-during", "error-after"):
            raise DestinationError(reason=f"scripted failure {action.removeprefix('error-')} {name}")

    async def _get_part(self, name: str, write: Write) -> None:
        held = bytearray()
        await self._inner.get(name, held.extend)
        write(bytes(held[: len(held) // 2]))


class _Half:
    """The first half of an upload, as a broken line leaves it."""

    def __init__(self, whole: Upload) -> None:
        self._whole = whole
        self.path = whole.path
        self.size = whole.size // 2

    def parts(self) -> Iterator[bytes]:
        left = self.size
        for part in self._whole.parts():
            if left <= 0:
                return
            yield part[:left]
            left -= len(part)
