"""Each stage of a backup and of a restore is slowed down in turn, and is the one that is named."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from support.engine import Place

from triplicati.engine.backup import backup
from triplicati.engine.opening import GpgSettings
from triplicati.engine.outcome import settled
from triplicati.engine.pool import Worker, worker_thread
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.restore import restore
from triplicati.engine.settings import RestoreSettings
from triplicati.engine.stopping import StopRequest
from triplicati.formats.aescrypt import AesEncryptor
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.database import Database, open_database
from triplicati.runner.bottleneck import LoadMeter
from triplicati.storage.throttle import SpeedLimit, ThrottledDestination

_FILES = 40
# Most of a second for all files together.
_SLOW = 0.02


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.source.mkdir()
    chance = random.Random(5)
    for number in range(_FILES):
        (made.source / f"{number}.bin").write_bytes(chance.randbytes(6000))
    return made


def _slowed(call: Callable[..., Any], seconds: float = _SLOW) -> Callable[..., Any]:
    def slow(*values: Any, **named: Any) -> Any:
        time.sleep(seconds)
        return call(*values, **named)

    return slow


async def _named(remote: Remote, run: Callable[[], Awaitable[object]]) -> str:
    """What was named most of the time while it ran."""
    named: Counter[str] = Counter()
    loads = LoadMeter()

    async def look() -> None:
        while True:
            if name := loads.look(remote.report.progress.meters, time.perf_counter()).bottleneck:
                named[name] += 1
            await trio.sleep(0.02)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        await settled(run)
        nursery.cancel_scope.cancel()
    return named.most_common(1)[0][0] if named else ""


async def _of_a_backup(place: Place, remote: Remote | None = None, **changes: Any) -> str:
    remote = remote or place.connect()

    async def run() -> None:
        async with open_database(place.database) as database:
            await backup(remote, database, place.settings(**changes), StopRequest())

    return await _named(remote, run)


async def test_a_slow_walk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.engine import walking

    walk = walking._told

    def slow(*values: Any) -> Iterator[Any]:
        for each in walk(*values):
            time.sleep(_SLOW)
            yield each

    monkeypatch.setattr(walking, "_told", slow)
    assert await _of_a_backup(place) == "scan"


async def test_a_slow_comparison(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.engine import scanning

    await place.back_up()
    monkeypatch.setattr(scanning, "_same", _slowed(scanning._same))
    assert await _of_a_backup(place) == "compare"


async def test_a_slow_disk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.engine import examining

    monkeypatch.setattr(examining, "_read_block", _slowed(examining._read_block, 0.004))
    assert await _of_a_backup(place) == "read"


async def test_heavy_compression(place: Place) -> None:
    words = random.Random(7).choices([b"alpha ", b"beta ", b"gamma ", b"delta ", b"\n"], k=250_000)
    for small in place.source.iterdir():
        small.unlink()
    (place.source / "large.txt").write_bytes(b"".join(words))
    form = VolumeFormat(100 << 10)
    changes = {"form": form, "volume_size": 10 << 20, "level": 9, "zip_method": "LZMA"}
    assert await _of_a_backup(place, None, **changes) == "compress"


async def test_slow_encryption(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.encryption = "aes"
    update = AesEncryptor.update

    def slow(self: AesEncryptor, data: bytes) -> None:
        time.sleep(0.03 if len(data) > 16 else 0)
        update(self, data)

    monkeypatch.setattr(AesEncryptor, "update", slow)
    assert await _of_a_backup(place) == "encrypt"


async def test_gpg_with_a_costly_key(place: Place) -> None:
    place.encryption = "gpg"
    remote = place.connect()
    costly = GpgSettings(encryption_switches="--s2k-count 65011712 --s2k-digest-algo SHA512")
    remote.keys = msgspec.structs.replace(remote.keys, gpg=costly)
    assert await _of_a_backup(place, remote, volume_size=60 << 10) == "encrypt"


async def test_a_slow_destination(place: Place) -> None:
    limit = SpeedLimit(300_000)
    place.wrap = lambda inner: ThrottledDestination(inner, limit, SpeedLimit(0))
    assert await _of_a_backup(place) == "upload"


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers of a restore, where they can be slowed down."""
    from triplicati.engine import restore as module

    def worker(role: str) -> AbstractAsyncContextManager[Worker]:
        return worker_thread()

    monkeypatch.setattr(module, "worker_process", worker)


async def _of_a_restore(place: Place) -> str:
    await place.back_up(volume_size=60 << 10)
    remote = place.connect()
    settings = RestoreSettings(target=place.folder / "target", permissions=True, max_threads=1)

    async def run(database: Database) -> None:
        await restore(remote, database, settings)

    async def opened() -> None:
        async with open_database(place.database) as database:
            await run(database)

    return await _named(remote, opened)


async def test_a_slow_download(place: Place) -> None:
    limit = SpeedLimit(300_000)
    place.wrap = lambda inner: ThrottledDestination(inner, SpeedLimit(0), limit)
    assert await _of_a_restore(place) == "fetch"


@pytest.mark.usefixtures("in_threads")
async def test_slow_decryption(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.formats import aescrypt

    place.encryption = "aes"
    monkeypatch.setattr(aescrypt, "decrypt_into", _slowed(aescrypt.decrypt_into, 0.15))
    assert await _of_a_restore(place) == "decrypt"


@pytest.mark.usefixtures("in_threads")
async def test_slow_unpacking(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.formats.zip_reader import ZipReader

    monkeypatch.setattr(ZipReader, "read", _slowed(ZipReader.read, 0.004))
    assert await _of_a_restore(place) == "unpack"


@pytest.mark.usefixtures("in_threads")
async def test_a_slow_disk_to_restore_to(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.engine import finishing, writing

    monkeypatch.setattr(writing, "write_all", _slowed(finishing.write_all, 0.005))
    assert await _of_a_restore(place) == "write"


async def _of_a_recreation(place: Place) -> str:
    await place.back_up(volume_size=60 << 10)
    remote = place.connect()

    async def run() -> None:
        async with open_database(place.folder / "again.sqlite") as database:
            await recreate(remote, database)

    return await _named(remote, run)


async def test_a_slow_download_for_a_new_database(place: Place) -> None:
    limit = SpeedLimit(30_000)
    place.wrap = lambda inner: ThrottledDestination(inner, SpeedLimit(0), limit)
    assert await _of_a_recreation(place) == "fetch"


async def test_slow_decryption_for_a_new_database(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.formats import aescrypt

    place.encryption = "aes"
    monkeypatch.setattr(aescrypt, "decrypt_into", _slowed(aescrypt.decrypt_into, 0.15))
    assert await _of_a_recreation(place) == "decrypt"


async def test_indexes_that_are_slow_to_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.engine import recreate_indexes as module

    monkeypatch.setattr(module, "_described", _slowed(module._described, 0.15))
    assert await _of_a_recreation(place) == "unpack"


async def test_a_slow_database(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.engine import recreate_indexes as module

    monkeypatch.setattr(module, "_add_index", _slowed(module._add_index, 0.15))
    assert await _of_a_recreation(place) == "record"
