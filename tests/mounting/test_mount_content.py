"""Files of a version are read block by block, and each volume is fetched once."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import trio
from support.engine import Place, make_tree, noise
from support.far import FarDestination
from support.in_process import rewrite
from support.mounts import mounted, node_of, read_part

from triplicati.errors import FileNotFetched
from triplicati.formats.hashes import entry_name
from triplicati.index.database import open_database
from triplicati.mounting.block_cache import BlockCache
from triplicati.mounting.mounted import MountedBackup
from triplicati.mounting.tree import VersionTree
from triplicati.mounting.volumes import Volumes
from triplicati.storage.destination import Destination, Write
from triplicati.storage.kinds.file import LocalFolder

CONTENT = noise(150_000)


class Far(FarDestination):
    """Waits for `go` before it gives anything."""

    def __init__(self, folder: Destination) -> None:
        super().__init__(folder)
        self.go = trio.Event()
        self.ended = 0

    async def get(self, name: str, write: Write) -> None:
        self.calls.append(("get", name))
        try:
            await self.go.wait()
            await self._folder.get(name, write)
        finally:
            self.ended += 1


async def a_place(
    tmp_path: Path, more: Mapping[str, bytes] | None = None, *, encryption: str = ""
) -> Place:
    place = Place(tmp_path, encryption=encryption)
    make_tree(place.source, {"large": CONTENT, **(more or {})})
    await place.back_up()
    return place


def far_from(place: Place, *, goes: bool = True) -> Far:
    far = Far(LocalFolder(place.remote))
    if goes:
        far.go.set()
    place.wrap = lambda _: far
    return far


async def until(true: Callable[[], bool]) -> None:
    with trio.fail_after(10):
        while not true():
            await trio.lowlevel.checkpoint()


def names_in(place: Place, *names: str) -> tuple[str, ...]:
    return ("latest", *str(place.source).strip("/").split("/"), *names)


async def test_any_part_is_what_was_backed_up(tmp_path: Path) -> None:
    place = await a_place(tmp_path, encryption="aes")
    chance = random.Random(7)
    async with mounted(place.connect(), place.database) as mount:
        file = await node_of(mount, *names_in(place, "large"))
        for _ in range(40):
            first, end = sorted(chance.sample(range(len(CONTENT) + 1), 2))
            assert await read_part(mount, file, first, end) == CONTENT[first:end]
        assert await read_part(mount, file, 0, len(CONTENT)) == CONTENT


async def test_many_small_reads_at_once_fetch_each_volume_once(tmp_path: Path) -> None:
    place = await a_place(tmp_path, {f"small{number}": noise(500, number) for number in range(2, 40)})
    far = far_from(place, goes=False)
    async with mounted(place.connect(), place.database) as mount:
        large = await node_of(mount, *names_in(place, "large"))

        async def read(name: str) -> None:
            file = await node_of(mount, *names_in(place, name))
            assert await read_part(mount, file, 0, file.entry.size) == (place.source / name).read_bytes()

        async with trio.open_nursery() as nursery:
            for each in sorted(place.source.iterdir()):
                nursery.start_soon(read, each.name)
            for first in range(0, len(CONTENT), 3_000):
                nursery.start_soon(read_part, mount, large, first, first + 3_000)
            await until(lambda: len(far.calls) == 4)  # as many as are fetched at a time
            far.go.set()
    fetched = [name for _, name in far.calls]
    assert sorted(fetched) == sorted(set(fetched))
    assert len(fetched) == len(place.volumes("dblock"))


async def test_the_next_volume_is_fetched_ahead(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    far = far_from(place)
    async with mounted(place.connect(), place.database) as mount:
        file = await node_of(mount, *names_in(place, "large"))
        with mount.content(file) as content:
            await content.part(0, 1000)
            assert len(far.calls) == 1
            await content.part(0, len(CONTENT))
            await until(lambda: len(far.calls) == 2)


async def test_who_leaves_ends_the_transfer_unless_another_waits(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    far = far_from(place, goes=False)
    async with mounted(place.connect(), place.database) as mount:
        file = await node_of(mount, *names_in(place, "large"))
        found: list[bytes] = []

        async def read() -> None:
            found.append(await read_part(mount, file, 0, 10))

        async with trio.open_nursery() as staying:
            staying.start_soon(read)
            async with trio.open_nursery() as leaving:
                leaving.start_soon(read)
                await until(lambda: [each.holders for each in mount.volumes._under_way.values()] == [2])
                await until(lambda: len(far.calls) == 1)
                leaving.cancel_scope.cancel()
            assert (len(far.calls), far.ended) == (1, 0)
            far.go.set()
        assert found == [CONTENT[:10]]

        far.go = trio.Event()
        with mount.content(file) as content:
            async with trio.open_nursery() as leaving:
                leaving.start_soon(content.part, 100_000, len(CONTENT))
                await until(lambda: len(far.calls) >= 2)
                leaving.cancel_scope.cancel()
        await until(lambda: far.ended == len(far.calls))


async def test_a_cache_that_is_too_small_costs_time_alone(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database, cache=10 * 8192) as mount:
        file = await node_of(mount, *names_in(place, "large"))

        async def read(first: int) -> None:
            assert await read_part(mount, file, first, first + 50_000) == CONTENT[first : first + 50_000]

        async with trio.open_nursery() as nursery:
            for first in range(0, 100_001, 25_000):
                nursery.start_soon(read, first)


async def test_a_damaged_block_is_never_given(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    changed: list[str] = []

    def change(name: str, content: bytes) -> bytes:
        if name != "manifest" and len(content) == 1024 and len(changed) < 3:
            changed.append(name)
            return bytes(1024)
        return content

    for volume in place.volumes("dblock"):
        rewrite(volume, change)
    remote = place.connect()
    remote.check_hashes = False
    async with mounted(remote, place.database) as mount:
        for volume in place.volumes("dblock"):  # as the database knows them they would not be opened at all
            await _forget_size(place, volume)
        file = await node_of(mount, *names_in(place, "large"))
        wrong = 0
        for first in range(0, len(CONTENT), 1024):
            end = min(first + 1024, len(CONTENT))
            if entry_of(CONTENT[first:end]) in changed:
                wrong += 1
                with pytest.raises(FileNotFetched, match="damaged"):
                    await read_part(mount, file, first, end)
            else:
                assert await read_part(mount, file, first, end) == CONTENT[first:end]
        assert wrong == 3


def entry_of(block: bytes) -> str:
    return entry_name(hashlib.sha256(block).digest()).decode()


async def _forget_size(place: Place, volume: Path) -> None:
    async with open_database(place.database) as database:
        await database.write(
            lambda c: c.execute("UPDATE volume SET size = -1, hash = NULL WHERE name = ?", (volume.name,))
        )


async def test_a_missing_volume_is_told_with_its_file(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    for volume in place.volumes("dblock"):
        volume.unlink()
    async with mounted(place.connect(), place.database) as mount:
        file = await node_of(mount, *names_in(place, "large"))
        with pytest.raises(FileNotFetched, match="large"):
            await read_part(mount, file, 0, 10)


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    remote = place.connect()
    with BlockCache(16 << 20, str(place.temporary)) as cache:
        async with trio.open_nursery() as nursery:
            async with mounted(remote, place.database) as mount:
                volumes = Volumes(remote, mount.form, cache, nursery)
                other = MountedBackup(VersionTree(mount.index), mount.index, volumes, mount.form)
                file = await node_of(other, *names_in(place, "large"))
                await read_part(other, file, 0, len(CONTENT))
            nursery.cancel_scope.cancel()
    assert list(place.temporary.iterdir()) == []
