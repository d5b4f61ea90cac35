"""What the parent makes of the times that its workers send."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from triplicati.engine.wire import Ask, Busy, Done, Message, Written
from triplicati.messages.meters import Meters


class Timed(Protocol):
    """Seconds"""

    decrypting: float
    checking: float


T = TypeVar("T", bound=Timed)


class PackMeters:
    """Reading and compressing are done by one crew in turn; what it packs is written by a thread beside it.

    While nothing is heard of a worker, what it does is known all the same: it packs what it was told to, says
    so, and reads on.
    """

    def __init__(self, meters: Meters, *, encrypted: bool) -> None:
        self._read = meters.stage("read", "pack")
        self._compress = meters.stage("compress", "pack")
        self._seal = meters.stage("encrypt" if encrypted else "store", "seal")

    def begin(self, worker: object, *, packing: bool = False) -> None:
        """The worker has what it needs to go on, with blocks to pack or by reading."""
        (self._compress if packing else self._read).begin(worker)

    def heard(self, worker: object, message: Message) -> None:
        self._read.forget(worker)
        self._compress.forget(worker)
        if isinstance(message, Ask | Busy | Done):
            self._read.add(message.times.read)
            self._compress.add(message.times.compress)
            self._seal.add(message.times.seal)


class WriteMeters:
    """The workers of a restore do everything in turn: fetch, decrypt, unpack, write."""

    CREW = "restore"

    def __init__(self, meters: Meters) -> None:
        self.fetch = meters.stage("fetch", self.CREW)
        self._decrypt = meters.stage("decrypt", self.CREW)
        self._unpack = meters.stage("unpack", self.CREW)
        self._write = meters.stage("write", self.CREW)

    def begin(self, worker: object) -> None:
        self._write.begin(worker)

    def heard(self, worker: object, message: Message) -> None:
        self._write.forget(worker)
        if isinstance(message, Written):
            self._decrypt.add(message.decrypting)
            self._unpack.add(message.unpacking)
            self._write.add(message.writing)


class ReadMeters:
    """What rebuilds a database takes one volume after another: fetches and opens it, and records what is in
    it."""

    CREW = "recreate"

    def __init__(self, meters: Meters) -> None:
        self.fetch = meters.stage("fetch", self.CREW)
        self.decrypt = meters.stage("decrypt", self.CREW)
        self.unpack = meters.stage("unpack", self.CREW)
        self.record = meters.stage("record", self.CREW)


class RepackMeters:
    """Some fetch the volumes, one after the other is packed anew, and what is full is sent."""

    CREW = "repack"

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self.fetch = meters.stage("fetch", self.CREW)
        self.pack = meters.stage("store", self.CREW)

    def member(self) -> AbstractContextManager[None]:
        return self._meters.member(self.CREW)

    def sender(self) -> AbstractContextManager[None]:
        return self._meters.member("send")


class VerifyMeters:
    """Who tests volumes does everything in turn: fetch, decrypt, check."""

    CREW = "verify"

    def __init__(self, meters: Meters) -> None:
        self.fetch = meters.stage("fetch", self.CREW)
        self._decrypt = meters.stage("decrypt", self.CREW)
        self._check = meters.stage("check", self.CREW)

    async def watched(self, member: object, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, which tells how long it took."""
        self._check.begin(member)
        try:
            done = await work()
        finally:
            self._check.forget(member)
        self._decrypt.add(done.decrypting)
        self._check.add(done.checking)
        return done
