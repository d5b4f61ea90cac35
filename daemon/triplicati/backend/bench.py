"""`triplicati backend bench`: how fast a destination is, and how long it takes to answer."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import trio

from triplicati.backend.bench_options import BenchSettings
from triplicati.backend.connecting import Connection
from triplicati.backend.screen import Screen
from triplicati.backend.transfers import clean_up, get_file, put_file
from triplicati.backend.trial_names import content
from triplicati.engine.temporary import prefix
from triplicati.errors import DestinationError, disk_error
from triplicati.values.sizes import format_size

_SMALL = 1024


class Latency(msgspec.Struct, frozen=True, rename="pascal"):
    """Seconds."""

    p50: float
    p99: float


class Throughput(msgspec.Struct, frozen=True, rename="pascal"):
    """Bytes a second of all transfers together."""

    parallel: int
    put: float
    get: float


class Measured(msgspec.Struct, frozen=True, rename="pascal"):
    """`latency` by operation."""

    destination: str
    samples: int
    size: int
    count: int
    latency: dict[str, Latency]
    throughput: list[Throughput]


async def bench(connection: Connection, settings: BenchSettings, screen: Screen) -> Measured:
    """All that it puts there has names of its own and is deleted again.

    Raises what the destination raises, and `DestinationError` for what came back otherwise.
    """
    if settings.creates:
        await connection.destination.create_folder()
    run = _Bench(connection, screen)
    with tempfile.TemporaryDirectory(prefix=prefix()) as folder:
        try:
            latency = await run.latency(Path(folder), settings.samples)
            throughput = await run.throughput(Path(folder), settings)
        finally:
            screen.unwatch()
            await run.clean_up()
    where = connection.destination.display
    return Measured(where, settings.samples, settings.size, settings.count, latency, throughput)


class _Bench:
    def __init__(self, connection: Connection, screen: Screen) -> None:
        self._connection = connection
        self._destination = connection.destination
        self._screen = screen
        self._mark = f"triplicati-bench-{secrets.token_hex(4)}"
        self._there: set[str] = set()

    async def latency(self, folder: Path, samples: int) -> dict[str, Latency]:
        path, digest = await trio.to_thread.run_sync(_written, folder, _SMALL)
        names = [f"{self._mark}-small-{number}" for number in range(samples)]
        times: dict[str, list[float]] = {"list": [], "put": [], "get": [], "delete": []}
        self._screen.watch("Small files", lambda: (_SMALL * len(times["put"]), _SMALL * samples))
        for name in names:
            with _timed(times["put"]):
                await self._put(name, path, _SMALL)
        for _ in names:
            with _timed(times["list"]):
                await self._destination.list()
        for name in names:
            with _timed(times["get"]):
                await self._get(name, digest)
        for name in names:
            with _timed(times["delete"]):
                await self._delete(name)
        return {name: Latency(quantile(each, 0.5), quantile(each, 0.99)) for name, each in times.items()}

    async def throughput(self, folder: Path, settings: BenchSettings) -> list[Throughput]:
        path, digest = await trio.to_thread.run_sync(_written, folder, settings.size)
        names = [f"{self._mark}-{number}" for number in range(settings.count)]
        whole = settings.size * settings.count
        found = []
        for parallel in settings.parallel:
            put = await self._all(names, parallel, whole, "put", self._putting(path, settings.size))
            get = await self._all(names, parallel, whole, "get", self._getting(digest))
            for name in names:
                await self._delete(name)
            found.append(Throughput(parallel, whole / put, whole / get))
        return found

    def _putting(self, path: Path, size: int) -> Callable[[str, Callable[[int], object]], Awaitable[None]]:
        return lambda name, moved: self._put(name, path, size, moved)

    def _getting(self, digest: bytes) -> Callable[[str, Callable[[int], object]], Awaitable[None]]:
        return lambda name, moved: self._get(name, digest, moved)

    async def _all(
        self,
        names: Sequence[str],
        parallel: int,
        whole: int,
        verb: str,
        work: Callable[[str, Callable[[int], object]], Awaitable[None]],
    ) -> float:
        """Seconds."""
        done = 0
        waiting = iter(names)

        def note(count: int) -> None:
            nonlocal done
            done += count

        async def lane() -> None:
            for name in waiting:
                await work(name, note)

        self._screen.watch(f"{verb}, {parallel} at a time", lambda: (done, whole))
        began = time.perf_counter()
        async with trio.open_nursery() as nursery:
            for _ in range(parallel):
                nursery.start_soon(lane)
        return max(time.perf_counter() - began, 1e-9)

    async def _put(
        self, name: str, path: Path, size: int, moved: Callable[[int], object] = lambda _: None
    ) -> None:
        self._there.add(name)
        await put_file(self._connection, name, path, size, moved)

    async def _get(
        self, name: str, digest: bytes, moved: Callable[[int], object] = lambda _: None
    ) -> None:
        running = hashlib.sha256()
        await get_file(self._connection, name, running.update, moved)
        if running.digest() != digest:
            raise DestinationError(reason=f"{name} came back with another content")

    async def _delete(self, name: str) -> None:
        await self._destination.delete(name)
        self._there.discard(name)

    async def clean_up(self) -> None:
        await clean_up(self._connection, self._there)


@contextmanager
def _timed(times: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    times.append(time.perf_counter() - began)


def quantile(times: Sequence[float], share: float) -> float:
    """The smallest of `times` that at least this share of them does not exceed."""
    ordered = sorted(times)
    return next(each for number, each in enumerate(ordered, 1) if number >= share * len(ordered))


def shown(measured: Measured) -> Iterator[str]:
    yield f"Destination: {measured.destination}"
    yield ""
    yield f"{f'{measured.samples} small files':<20}{'p50':>12}{'p99':>12}"
    for name, each in measured.latency.items():
        yield f"  {name:<18}{each.p50 * 1000:>9.1f} ms{each.p99 * 1000:>9.1f} ms"
    yield ""
    yield f"{f'{measured.count} x {format_size(measured.size)}':<20}{'put':>12}{'get':>12}"
    for row in measured.throughput:
        put, get = (f"{each / 1e6:.1f} MB/s" for each in (row.put, row.get))
        yield f"  {f'{row.parallel} at a time':<18}{put:>12}{get:>12}"


def _written(folder: Path, size: int) -> tuple[Path, bytes]:
    path, running = folder / f"volume-{size}", hashlib.sha256()
    try:
        with path.open("wb") as file:
            for part in content(secrets.randbits(64), size):
                trio.from_thread.check_cancelled()
                running.update(part)
                file.write(part)
    except OSError as error:
        raise disk_error(error, str(path)) from error
    return path, running.digest()
