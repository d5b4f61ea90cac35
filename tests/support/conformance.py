"""What every kind of destination must do, whatever its protocol: one class that each kind's tests inherit.

A test module of a kind defines a class that inherits `Conformance` and has a fixture ``place`` that gives a
`Place`. The servers behind it are real and listen on loopback.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
import pytest
import trio

from triplicati.errors import DestinationError, FolderMissing, RemoteFileMissing
from triplicati.storage.abilities import Metered, Partial, Renaming, ability
from triplicati.storage.destination import PART, Destination
from triplicati.storage.registry import open_destination
from triplicati.storage.uploads import FileUpload
from triplicati.values.urls import parse_url

_NUMBERS = itertools.count()
ODD_NAMES = (
    "two words", "Übergröße", "100%", "a+b", "a&b=c", "a#b", "quote'", "comma,semi;colon", "(paren)[bracket]",
    "~tilde", "$dollar", "a%20b", "日本語",
)  # fmt: skip


class Place(msgspec.Struct):
    """Where a kind is tried: `url` of a folder that exists and is empty, `missing` of one that does not.

    `stored` gives what the server really holds, by name, seen without the kind; None where that cannot be
    seen. `secrets` must never be in an error. `creates` tells whether the kind has folders to create.
    """

    url: str
    missing: str
    options: dict[str, str | None] = {}
    secrets: tuple[str, ...] = ()
    stored: Callable[[], dict[str, bytes]] | None = None
    creates: bool = True
    odd_names: tuple[str, ...] = ODD_NAMES
    many: int = 60

    def open(self, url: str | None = None, **options: str) -> Destination:
        named = {name.replace("_", "-"): value for name, value in options.items()}
        return open_destination(parse_url(url or self.url), {**self.options, **named})


class Bytes:
    """An upload of bytes in memory, in parts; `fails_at` raises before that part, `stops_at` waits there
    until it is cancelled. Its file is on disk too, for kinds that take whole files."""

    disposable = False

    def __init__(
        self, folder: Path, content: bytes, *, fails_at: int | None = None, stops_at: int | None = None
    ) -> None:
        self.path = folder / f"upload-{next(_NUMBERS)}"
        self.path.write_bytes(content)
        self.size = len(content)
        self.reached = trio.Event()
        self._fails_at = fails_at
        self._stops_at = stops_at

    def parts(self) -> Iterator[bytes]:
        for number, part in enumerate(FileUpload(self.path, self.size).parts()):
            if number == self._fails_at:
                raise DestinationError(reason="the test wanted this")
            if number == self._stops_at:
                trio.from_thread.run_sync(self.reached.set)
                while True:
                    trio.from_thread.run(trio.sleep, 0.02)
            yield part


def content_of(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


async def fetched(destination: Destination, name: str) -> bytes:
    parts: list[bytes] = []
    await destination.get(name, lambda part: parts.append(bytes(part)))
    return b"".join(parts)


class Conformance:
    """The tests. `place` is a fixture of the class that inherits."""

    async def test_a_new_folder_is_empty(self, place: Place) -> None:
        assert await place.open().list() == []

    @pytest.mark.parametrize("size", [0, 1, PART, 5 * PART, 12 * PART + 17])
    async def test_what_is_put_comes_back(self, place: Place, tmp_path: Path, size: int) -> None:
        destination, content = place.open(), content_of(size)
        before = datetime.now(UTC).timestamp()
        await destination.put("volume.zip", Bytes(tmp_path, content))
        (listed,) = await destination.list()
        assert (listed.name, listed.size) == ("volume.zip", size)
        assert listed.modified is None or abs(listed.modified - before) < 86_400
        assert await fetched(destination, "volume.zip") == content
        if place.stored is not None:
            assert place.stored() == {"volume.zip": content}

    async def test_another_connection_sees_it(self, place: Place, tmp_path: Path) -> None:
        await place.open().put("a", Bytes(tmp_path, b"content"))
        assert [each.name for each in await place.open().list()] == ["a"]
        assert await fetched(place.open(), "a") == b"content"

    async def test_put_replaces(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        await destination.put("a", Bytes(tmp_path, content_of(3 * PART)))
        await destination.put("a", Bytes(tmp_path, b"second"))
        assert [(each.name, each.size) for each in await destination.list()] == [("a", 6)]
        assert await fetched(destination, "a") == b"second"

    async def test_names_are_kept_letter_by_letter(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        for name in place.odd_names:
            await destination.put(name, Bytes(tmp_path, name.encode()))
        assert {each.name for each in await destination.list()} == set(place.odd_names)
        for name in place.odd_names:
            assert await fetched(destination, name) == name.encode()
            await destination.delete(name)
        assert await destination.list() == []

    async def test_deleted_is_gone(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        for name in ("a", "b"):
            await destination.put(name, Bytes(tmp_path, b"content"))
        await destination.delete("a")
        assert [each.name for each in await destination.list()] == ["b"]
        with pytest.raises(RemoteFileMissing):
            await fetched(destination, "a")

    async def test_a_file_that_is_not_there(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        await destination.put("other", Bytes(tmp_path, b"content"))
        with pytest.raises(RemoteFileMissing):
            await fetched(destination, "absent")
        with contextlib.suppress(RemoteFileMissing):  # some say so, others are content
            await destination.delete("absent")
        assert [each.name for each in await destination.list()] == ["other"]

    async def test_a_folder_that_is_not_there_is_created_when_asked(
        self, place: Place, tmp_path: Path
    ) -> None:
        if not place.creates:
            assert await place.open(place.missing).list() == []
            return
        destination = place.open(place.missing)
        with pytest.raises(FolderMissing):
            await destination.list()
        await destination.create_folder()
        assert await destination.list() == []
        await destination.create_folder()
        await destination.put("a", Bytes(tmp_path, b"content"))
        assert [each.name for each in await destination.list()] == ["a"]

    async def test_the_test_leaves_nothing(self, place: Place) -> None:
        destination = place.open()
        await destination.test()
        assert await destination.list() == []

    async def test_folders_are_not_files(self, place: Place, tmp_path: Path) -> None:
        below = place.open(_below(place.url, "folder"))
        await below.create_folder()
        await below.put("inside", Bytes(tmp_path, b"content"))
        await place.open().put("a", Bytes(tmp_path, b"content"))
        assert [each.name for each in await place.open().list()] == ["a"]

    async def test_a_long_list(self, place: Place, tmp_path: Path) -> None:
        destination, names = place.open(), {f"duplicati-{n:05}" for n in range(place.many)}
        limit = trio.CapacityLimiter(8)

        async def put(name: str) -> None:
            async with limit:
                await destination.put(name, Bytes(tmp_path, name.encode()))

        await _all(partial(put, name) for name in sorted(names))
        listed = await destination.list()
        assert sorted(each.name for each in listed) == sorted(names)
        assert {each.size for each in listed} == {15}

    async def test_several_at_once(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        contents = {f"v{n}": content_of(2 * PART + n, n) for n in range(8)}

        async def there_and_back(name: str, content: bytes) -> None:
            await destination.put(name, Bytes(tmp_path, content))
            assert await fetched(destination, name) == content

        await _all(partial(there_and_back, *each) for each in contents.items())
        assert len(await destination.list()) == 8

    async def test_a_stopped_put_ends_at_once(self, place: Place, tmp_path: Path) -> None:
        destination, upload = place.open(), Bytes(tmp_path, content_of(12 * PART), stops_at=3)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(destination.put, "a", upload)
            await upload.reached.wait()
            asked = trio.current_time()
            nursery.cancel_scope.cancel()
        assert trio.current_time() - asked < 2
        assert all(each.size != 12 * PART for each in await destination.list())
        await destination.put("b", Bytes(tmp_path, b"content"))
        assert await fetched(destination, "b") == b"content"

    async def test_a_stopped_get_ends_at_once(self, place: Place, tmp_path: Path) -> None:
        destination, content = place.open(), content_of(12 * PART)
        await destination.put("a", Bytes(tmp_path, content))
        reached = trio.Event()

        def write(part: bytes) -> None:
            trio.from_thread.run_sync(reached.set)
            while True:
                trio.from_thread.run(trio.sleep, 0.02)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(destination.get, "a", write)
            await reached.wait()
            asked = trio.current_time()
            nursery.cancel_scope.cancel()
        assert trio.current_time() - asked < 2
        assert await fetched(destination, "a") == content

    async def test_what_reading_raises_comes_out(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        with pytest.raises(DestinationError, match="the test wanted this"):
            await destination.put("a", Bytes(tmp_path, content_of(12 * PART), fails_at=4))
        assert all(each.size != 12 * PART for each in await destination.list())

    async def test_what_writing_raises_comes_out(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        await destination.put("a", Bytes(tmp_path, content_of(3 * PART)))

        def write(part: bytes) -> None:
            raise DestinationError(reason="no room here")

        with pytest.raises(DestinationError, match="no room here"):
            await destination.get("a", write)

    async def test_parts_where_it_can(self, place: Place, tmp_path: Path) -> None:
        destination, content = place.open(), content_of(3 * PART)
        able = ability(destination, Partial)  # type: ignore[type-abstract]
        if able is None:
            return
        await destination.put("a", Bytes(tmp_path, content))
        for start, length in ((0, 10), (PART - 5, 10), (3 * PART - 7, 100), (5, 2 * PART)):
            parts: list[bytes] = []
            await able.get_part("a", start, length, lambda part: parts.append(bytes(part)))  # noqa: B023
            assert b"".join(parts) == content[start : start + length]

    async def test_renaming_where_it_can(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        able = ability(destination, Renaming)  # type: ignore[type-abstract]
        if able is None:
            return
        await destination.put("a", Bytes(tmp_path, b"content"))
        await able.rename("a", "b")
        assert [each.name for each in await destination.list()] == ["b"]
        assert await fetched(destination, "b") == b"content"
        with pytest.raises(RemoteFileMissing):
            await able.rename("absent", "c")

    async def test_room_where_it_says(self, place: Place) -> None:
        able = ability(place.open(), Metered)  # type: ignore[type-abstract]
        quota = await able.quota() if able is not None else None
        if quota is not None and quota.total is not None and quota.free is not None:
            assert 0 <= quota.free <= quota.total

    async def test_no_secret_is_shown(self, place: Place) -> None:
        shown = [repr(place.open()), place.open().display]
        for url in (place.url, place.missing):
            try:
                await fetched(place.open(url), "absent")
            except DestinationError as error:
                shown += [str(error), repr(error)]
        for secret in place.secrets:
            assert all(secret not in text for text in shown)


def _below(url: str, folder: str) -> str:
    before, mark, query = url.partition("?")
    return f"{before.rstrip('/')}/{folder}{mark}{query}"


async def _all(calls: Iterator[Callable[[], object]]) -> None:
    async with trio.open_nursery() as nursery:
        for call in calls:
            nursery.start_soon(call)  # type: ignore[arg-type]  # each is a coroutine function
