"""A wrapper that fails by script or by seed, for tests of everything above it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Literal

import msgspec
import trio

from triplicati.errors import DestinationError, DestinationFull
from triplicati.storage.destination import Destination, RemoteFile, Upload, Write
from triplicati.storage.forwarding import Forwarding

Operation = Literal["list", "get", "put", "delete", "create_folder"]
Action = Literal[
    "error-before", "error-during", "error-after", "truncate", "no-space", "stale", "silence", "latency",
    "kill-before", "kill-during", "kill-after",
]
# Those that a seed chooses between: each leaves a destination as a bad line or a bad disk may.
_ACCIDENTS: tuple[Action, ...] = ("error-before", "error-during", "error-after")


class Fault(msgspec.Struct, frozen=True):
    """Strikes at calls `first` .. `first + times - 1` (from 1) of `operation` whose name contains `match`.

    ``during`` is half-way through the data; ``truncate`` stores half of it and says nothing; ``stale`` gives
    the listing as it was the last time; ``silence`` never answers; ``latency`` waits `seconds` first;
    ``kill`` ends this process as a power cut would.
    """

    operation: Operation
    action: Action
    first: int = 1
    times: int = 1
    match: str = ""
    seconds: float = 0.0


class Accidents(msgspec.Struct, frozen=True):
    """Each call but a listing's fails with the probability `rate`, by a sequence that `seed` decides."""

    seed: int
    rate: float = 0.1
    actions: tuple[Action, ...] = _ACCIDENTS


class FaultyDestination(Forwarding):
    """`calls` is the record of (operation, name) in order, failed ones included."""

    def __init__(
        self, inner: Destination, faults: Sequence[Fault] = (), accidents: Accidents | None = None
    ) -> None:
        super().__init__(inner)
        self._faults = list(faults)
        self._accidents = accidents
        self._dice = Random(accidents.seed) if accidents is not None else Random(0)
        self._seen = [0] * len(self._faults)
        self._last_listing: list[RemoteFile] = []
        self.calls: list[tuple[Operation, str]] = []

    @property
    def staging(self) -> Path | None:
        return None  # so that every byte passes through here

    def local(self, name: str) -> Path | None:
        return None

    async def list(self) -> list[RemoteFile]:
        action = await self._begin("list", "")
        found, before = await self._inner.list(), self._last_listing
        self._last_listing = found
        self._end(action, "list")
        return before if action == "stale" else found

    async def get(self, name: str, write: Write) -> None:
        action = await self._begin("get", name)
        if action in ("error-during", "truncate", "kill-during"):
            await self._get_part(name, write)
            if action == "truncate":
                return
        else:
            await self._inner.get(name, write)
        self._end(action, name)

    async def put(self, name: str, upload: Upload) -> None:
        action = await self._begin("put", name)
        if action in ("error-during", "truncate", "kill-during"):
            await self._inner.put(name, _Half(upload))
        else:
            await self._inner.put(name, upload)
        if action != "truncate":
            self._end(action, name)

    async def delete(self, name: str) -> None:
        action = await self._begin("delete", name)
        await self._inner.delete(name)
        self._end(action, name)

    async def create_folder(self) -> None:
        action = await self._begin("create_folder", "")
        await self._inner.create_folder()
        self._end(action, "")

    async def _begin(self, operation: Operation, name: str) -> Action | None:
        self.calls.append((operation, name))
        fault = self._scripted(operation, name) or self._accidental(operation)
        if fault is None:
            return None
        match fault.action:
            case "error-before":
                raise DestinationError(reason=f"scripted failure before {operation} {name}")
            case "no-space":
                raise DestinationFull(name=name, reason="No space left on device")
            case "silence":
                await trio.sleep_forever()
            case "latency":
                await trio.sleep(fault.seconds)
            case "kill-before":
                _die()
        return fault.action

    def _scripted(self, operation: Operation, name: str) -> Fault | None:
        struck: Fault | None = None
        for number, fault in enumerate(self._faults):
            if fault.operation != operation or fault.match not in name:
                continue
            self._seen[number] += 1
            if struck is None and fault.first <= self._seen[number] < fault.first + fault.times:
                struck = fault
        return struck

    def _accidental(self, operation: Operation) -> Fault | None:
        accidents = self._accidents
        if accidents is None or operation == "list" or self._dice.random() >= accidents.rate:
            return None
        return Fault(operation, self._dice.choice(accidents.actions))

    def _end(self, action: Action | None, name: str) -> None:
        if action in ("kill-during", "kill-after"):
            _die()
        if action in ("error-during", "error-after"):
            raise DestinationError(reason=f"scripted failure {action.removeprefix('error-')} {name}")

    async def _get_part(self, name: str, write: Write) -> None:
        held = bytearray()
        await self._inner.get(name, held.extend)
        write(bytes(held[: len(held) // 2]))


class _Half:
    """The first half of an upload, as a broken line leaves it."""

    disposable = False

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


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
