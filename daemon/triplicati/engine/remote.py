"""A destination as operations use it: names that count, retries, and volumes opened."""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Literal, TypeVar, cast

import msgspec
import trio

from triplicati.engine.lines import Lines
from triplicati.engine.metering import ReadMeters
from triplicati.engine.opening import Expected, Keys, encryption_of, open_volume
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.temporary import prefix
from triplicati.errors import (
    DestinationError,
    DestinationUnknown,
    DestinationUnreachable,
    EmptyRemoteLocation,
    EmptyRemoteLocationWithPrefix,
    FolderMissing,
    TransferStalled,
    disk_error,
)
from triplicati.formats.names import VolumeName, parse_name
from triplicati.formats.zip_reader import ZipReader
from triplicati.messages.progress import Event, Report
from triplicati.storage.destination import Destination, RemoteFile

T = TypeVar("T")
# Seconds without any progress. A slow disk may take minutes to take in a volume that was written to it.
PATIENCE = 300.0
# They may be so because this machine is not online yet.
_NOT_THERE = (DestinationUnknown, DestinationUnreachable)
_PASSING = (DestinationError, *_NOT_THERE, TransferStalled)
# Further tries to reach a server for the first time.
_NEVER_REACHED = 1


class RetryRule(msgspec.Struct, frozen=True):
    """`count` further tries after a failure, `delay` seconds apart, doubled each time with `backoff`."""

    count: int = 5
    delay: float = 10.0
    backoff: bool = False

    def pause(self, attempt: int) -> float:
        """Seconds before try number `attempt` + 1 (from 1), a little more or less each time: transfers that
        failed together must not all come back together."""
        return self.delay * (2 ** min(attempt - 1, 10) if self.backoff else 1) * random.uniform(0.8, 1.2)


class Traffic:
    """Bytes that went in each direction so far, counted in any thread; some may be missed."""

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0


class Remote(msgspec.Struct):
    """Everything an operation needs to reach the volumes of one backup. `patience` is how many seconds a
    transfer may make no progress; `uploads` and `downloads` tell how many go side by side; `fitted` tells
    which of the keys have opened volumes. With the prefix "" it is about those of all prefixes."""

    destination: Destination
    prefix: str
    keys: Keys
    report: Report
    retry: RetryRule = RetryRule()
    create_folder: bool = False
    read_manifests: bool = True
    check_hashes: bool = True
    patience: float = PATIENCE
    traffic: Traffic = msgspec.field(default_factory=Traffic)
    uploads: Lines | None = None
    downloads: Lines | None = None
    reached: bool = False
    fitted: set[Literal["passphrase", "other"]] = msgspec.field(default_factory=set)

    async def list(self) -> list[RemoteFile]:
        """Volumes with our prefix. An absent folder is created for a backup and is an error for everyone
        else."""
        self.report.event(Event("list"))
        try:
            found = await self.tried(self.destination.list)
        except FolderMissing:
            if not self.create_folder:
                raise
            self.report.event(Event("create-folder"))
            await self.tried(self.destination.create_folder)
            found = []
        named = ((each, parse_name(each.name)) for each in found)
        return [each for each, name in named if name and self.prefix in ("", name.prefix)]

    async def delete(self, name: str, size: int = -1) -> None:
        """Gone is gone: a file that is absent already is no error."""
        self.report.event(Event("delete", name, size))

        async def once() -> None:
            try:
                await self.destination.delete(name)
            except DestinationError:
                if any(each.name == name for each in await self.destination.list()):
                    raise

        await self.tried(once)

    @asynccontextmanager
    async def fetched(self, name: str, size: int = -1) -> AsyncIterator[Path]:
        """The remote bytes of a volume in a local file, which may be the object itself: never to be
        written."""
        self.report.event(Event("download", name, size))
        here = self.destination.local(name)
        if here is not None:
            if not here.exists():
                await self.destination.get(name, lambda _: None)  # raises the destination's own error
            yield here
            return
        with await self.tried(lambda: self._fetch(name, size)) as file:
            yield Path(file.name)

    async def _fetch(self, name: str, size: int) -> IO[bytes]:
        """Each attempt has a file of its own: one that was given up may still be writing."""
        opened = tempfile.NamedTemporaryFile(prefix=prefix(), dir=self.keys.tempdir or None)  # noqa: SIM115 - the caller closes it
        file = cast("IO[bytes]", opened)
        received = 0

        def write(part: bytes) -> None:
            nonlocal received
            try:
                file.write(part)
            except OSError as error:  # of this machine's disk, not of the destination that calls this
                raise disk_error(error, file.name) from error
            received += len(part)
            self.traffic.received += len(part)

        try:
            async with one_of(self.downloads):
                await unless_stalled(
                    name, self.patience, lambda: self.destination.get(name, write), lambda: received
                )
            try:
                file.flush()
            except OSError as error:
                raise disk_error(error, file.name) from error
            if size >= 0 and received != size:
                raise DestinationError(reason=f"{name} came with {received} bytes instead of {size}")
        except BaseException as error:
            if self.downloads is not None and isinstance(error, DestinationError):
                self.downloads.failed()
            with contextlib.suppress(OSError):  # of what a full disk did not take
                file.close()
            raise
        return file

    async def read_volume(
        self,
        name: str,
        expected: Expected,
        work: Callable[[ZipReader], T],
        meters: ReadMeters | None = None,
    ) -> T:
        """Fetches and opens a volume and gives its entries to `work`, in a thread."""
        async with contextlib.AsyncExitStack() as stack:
            with meters.fetch.working() if meters else contextlib.nullcontext():
                path = await stack.enter_async_context(self.fetched(name, expected.size))
            return await self.read_fetched(path, name, expected, work, meters)

    async def read_fetched(
        self,
        path: Path,
        name: str,
        expected: Expected,
        work: Callable[[ZipReader], T],
        meters: ReadMeters | None = None,
    ) -> T:
        """As `read_volume`, of a volume whose remote bytes lie at `path`."""
        if not self.check_hashes:
            expected = msgspec.structs.replace(expected, digest=None)
        if not self.read_manifests:
            expected = msgspec.structs.replace(expected, form=None)

        def opened() -> T:
            with contextlib.ExitStack() as stack:
                with meters.decrypt.working() if meters else contextlib.nullcontext():
                    reader = stack.enter_context(open_volume(path, name, self.keys, expected))
                if encryption_of(name):
                    self.fitted.add("other" if reader.by_other else "passphrase")
                return work(reader)

        return await trio.to_thread.run_sync(opened)

    async def tried(self, call: Callable[[], Awaitable[T]]) -> T:
        """As often as the retry rule says. A missing folder or file does not come back by waiting, and a
        server that was never reached in this run has most likely another name."""
        attempt = 0
        while True:
            try:
                result = await call()
            except DestinationError as error:
                attempt += 1
                most = self.retry.count
                if isinstance(error, _NOT_THERE) and not self.reached:
                    most = min(most, _NEVER_REACHED)
                if attempt > most or not worth_retrying(error):
                    raise
                self.report.message(trying_again(error, attempt, most), "Retry")
                await trio.sleep(self.retry.pause(attempt))
            else:
                self.reached = True
                return result


def one_of(lines: Lines | None) -> contextlib.AbstractAsyncContextManager[None]:
    """Open while a transfer of this direction goes on."""
    return lines.one() if lines is not None else contextlib.nullcontext()


def trying_again(error: DestinationError, attempt: int, most: int) -> str:
    """For who watches; what a server said ends with a full stop or without one."""
    return f"{str(error).rstrip('.')}. Trying again ({attempt} of {most}) ..."


def worth_retrying(error: DestinationError) -> bool:
    return type(error) in _PASSING


async def list_backup(remote: Remote) -> list[tuple[VolumeName, RemoteFile]]:
    """The volumes of this backup. Raises `EmptyRemoteLocation` and its kind where there is none."""
    found = [(parsed, each) for each in await remote.list() if (parsed := parse_name(each.name))]
    if not found:
        everything = [parse_name(each.name) for each in await remote.destination.list()]
        others = sorted({name.prefix for name in everything if name})
        if others:
            raise EmptyRemoteLocationWithPrefix(prefix=remote.prefix, others=", ".join(others))
        raise EmptyRemoteLocation(url=remote.destination.display)
    return found
