"""A bucket or container of an object store, or what is below a prefix in it, as a destination."""

from __future__ import annotations

import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import trio

from triplicati.errors import DestinationError, InvalidValue
from triplicati.storage.destination import PART, RemoteFile, Upload, Write
from triplicati.storage.forwarding import Elsewhere
from triplicati.storage.objects.connections import Connections, Use
from triplicati.storage.objects.failures import Where, explaining

if TYPE_CHECKING:
    from obstore import Attributes, GetResult

T = TypeVar("T")
# Inside the class, `list` is the method.
Listing = list[RemoteFile]

# The smallest block that S3 takes; what is not larger is sent in one request.
_BLOCK = 5 << 20
_MOST_BLOCKS = 9_000  # of the 10,000 that S3 allows
_BLOCKS_AT_ONCE = 4
_GIVING_UP = 1.0  # seconds
_THREADS = 40
_PROBE = "triplicati-probe-"


def folder_of(*parts: str) -> str:
    """A prefix in a bucket, from parts of an address, without a slash at its end. Raises `InvalidValue`."""
    prefix = "/".join(part for part in parts if part).removesuffix("/")
    if prefix and any(each in ("", ".", "..") for each in prefix.split("/")):
        reason = "an object store cannot be asked for a folder with a part that is empty or made of dots"
        raise InvalidValue(value=prefix, kind="folder of a bucket", reason=reason)
    return prefix


class Bucket(Elsewhere, ABC):
    """The library works in threads, which a cancelled call leaves behind: what they do ends at the next part,
    and without one at the time limit of a request."""

    def __init__(
        self,
        display: str,
        where: Where,
        connections: Connections,
        *,
        storage_class: str = "",
        deep: bool = False,
    ) -> None:
        super().__init__(display)
        self._where = where
        self._connections = connections
        self._attributes: Attributes = {"Storage-Class": storage_class} if storage_class else {}
        self._deep = deep
        # Its own, so that threads that a silent server holds up are not lacking elsewhere.
        self._threads = trio.CapacityLimiter(_THREADS)

    @property
    def patience(self) -> float:
        """The blocks on their way are not seen to move, and on a slow line each takes its time."""
        return self._connections.limits.transfer * (_BLOCKS_AT_ONCE + 1)

    async def list(self) -> Listing:
        return await self._in_thread(self._list)

    async def get(self, name: str, write: Write) -> None:
        await self._in_thread(lambda: self._get(name, write, None))

    async def get_part(self, name: str, start: int, length: int, write: Write) -> None:
        await self._in_thread(lambda: self._get(name, write, (start, start + length)))

    async def put(self, name: str, upload: Upload) -> None:
        ended, token = trio.Event(), trio.lowlevel.current_trio_token()
        started = False

        def work() -> None:
            nonlocal started
            started = True
            try:
                self._put(name, upload)
            finally:
                with contextlib.suppress(trio.RunFinishedError):
                    token.run_sync_soon(ended.set)

        try:
            await self._in_thread(work)
        except trio.Cancelled:
            # Blocks that were sent are given up by a request; else the store keeps them, unseen and paid for.
            if started:
                with trio.move_on_after(_GIVING_UP, shield=True):
                    await ended.wait()
            raise

    async def delete(self, name: str) -> None:
        await self._in_thread(lambda: self._delete(name))

    async def rename(self, name: str, new: str) -> None:
        await self._in_thread(lambda: self._rename(name, new))

    async def test(self) -> None:
        """Writes, reads and deletes a small file."""
        await self._in_thread(self._test)

    async def create_folder(self) -> None:
        await self._in_thread(self._create)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._threads)

    @abstractmethod
    def _create(self) -> None:
        """Makes the bucket, which may be there already. Blocks."""

    def _list(self) -> Listing:
        import obstore  # noqa: PLC0415 - slow to import

        store = self._connections.store(Use.LIST)
        with explaining(self._where):
            if self._deep:
                found = [each for page in obstore.list(store, chunk_size=1000) for each in page]
            else:
                found = [*obstore.list_with_delimiter(store)["objects"]]
        # An object with the name of the folder itself is a mark that some programs leave.
        return [
            RemoteFile(each["path"], each["size"], each["last_modified"].timestamp())
            for each in found
            if each["path"]
        ]

    def _get(self, name: str, write: Write, part: tuple[int, int] | None) -> None:
        result, skipped = self._asked(name, part)
        first, end = result.range
        if part is not None:
            end = min(end, part[1])
        received = 0
        for piece in _from(self._pieces(result, name), skipped, end - first):
            trio.from_thread.check_cancelled()
            write(piece)
            received += len(piece)
        if received != end - first - skipped:
            raise DestinationError(reason=f"{name} ended after {received} of {end - first - skipped} bytes")

    def _asked(self, name: str, part: tuple[int, int] | None) -> tuple[GetResult, int]:
        """What the server gives, and how much of that to leave out: some know no parts and give all."""
        import obstore  # noqa: PLC0415 - slow to import

        store = self._connections.store(Use.GET)
        with explaining(self._where, name):
            if part is not None:
                try:
                    return obstore.get(store, name, options={"range": part}), 0
                except obstore.exceptions.BaseError as error:
                    if "non-partial response" not in str(error):
                        raise
            return obstore.get(store, name), part[0] if part else 0

    def _pieces(self, result: GetResult, name: str) -> Iterator[bytes]:
        with explaining(self._where, name):
            stream = iter(result.stream(min_chunk_size=PART // 2))
        while True:
            with explaining(self._where, name):
                chunk = next(stream, None)
            if chunk is None:
                return
            whole = memoryview(chunk)
            for start in range(0, len(whole), PART):
                yield bytes(whole[start : start + PART])

    def _put(self, name: str, upload: Upload) -> None:
        import obstore  # noqa: PLC0415 - slow to import

        store = self._connections.store(Use.PUT)
        reading = _Reading(upload)
        if upload.size <= _BLOCK:
            whole = b"".join(reading.parts())
            with explaining(self._where, name):
                obstore.put(store, name, whole, use_multipart=False, attributes=self._attributes)
            return
        try:
            with explaining(self._where, name):
                obstore.put(
                    store,
                    name,
                    reading.parts(),
                    use_multipart=True,
                    attributes=self._attributes,
                    chunk_size=max(_BLOCK, -(-upload.size // _MOST_BLOCKS)),
                    max_concurrency=_BLOCKS_AT_ONCE,
                )
        except BaseException:
            if reading.failure is not None:
                raise reading.failure from None
            raise

    def _delete(self, name: str) -> None:
        import obstore  # noqa: PLC0415 - slow to import

        store = self._connections.store(Use.SMALL)
        trio.from_thread.check_cancelled()
        with explaining(self._where, name):
            obstore.delete(store, name)

    def _rename(self, name: str, new: str) -> None:
        import obstore  # noqa: PLC0415 - slow to import

        # A copy is as slow as the store: the limit for small requests would be too short.
        store = self._connections.store(Use.PUT)
        with explaining(self._where, name):
            obstore.copy(store, name, new)
        self._delete(name)

    def _test(self) -> None:
        import obstore  # noqa: PLC0415 - slow to import

        store, content = self._connections.store(Use.SMALL), secrets.token_bytes(16)
        name = _PROBE + secrets.token_hex(8)
        with explaining(self._where, name):
            obstore.put(store, name, content, use_multipart=False, attributes=self._attributes)
            try:
                read = bytes(obstore.get(store, name).bytes())
            finally:
                obstore.delete(store, name)
        if read != content:
            raise DestinationError(reason=f"{self._where.host} gave back something else than was written")


def _from(pieces: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    """What is between two positions of the whole."""
    position = 0
    for piece in pieces:
        wanted = piece[max(start - position, 0) : end - position]
        position += len(piece)
        if wanted:
            yield wanted
        if position >= end:
            return


class _Reading:
    """The parts of an upload, with what reading them raised: the library may put it into other words."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self.failure: BaseException | None = None

    def parts(self) -> Iterator[bytes]:
        try:
            yield from self._upload.parts()
            # A cancelled upload must not become a file after all.
            trio.from_thread.check_cancelled()
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error
            raise
