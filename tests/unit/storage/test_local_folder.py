"""The local folder as a destination: what every kind of destination promises, and that puts are atomic."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio
import trio.testing

from triplicati.errors import (
    DestinationError,
    DestinationFull,
    DestinationRefused,
    FolderMissing,
    RemoteFileMissing,
)
from triplicati.storage.destination import PART
from triplicati.storage.kinds.file import LocalFolder
from triplicati.storage.uploads import FileUpload

NAME = "duplicati-b00.dblock.zip"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "remote"
    found.mkdir()
    return found


@pytest.fixture
def upload(tmp_path: Path) -> FileUpload:
    path = tmp_path / "volume"
    path.write_bytes(b"x" * (2 * PART + 5))
    return FileUpload(path, 2 * PART + 5)


async def test_what_was_put_is_listed_and_got_and_deleted(folder: Path, upload: FileUpload) -> None:
    destination = LocalFolder(folder)
    sent: list[int] = []
    await destination.put(NAME, FileUpload(upload.path, upload.size, sent.append))
    assert sent == [PART, PART, 5]
    (listed,) = await destination.list()
    assert (listed.name, listed.size) == (NAME, upload.size)
    received = bytearray()
    await destination.get(NAME, received.extend)
    assert received == upload.path.read_bytes()
    assert destination.local(NAME) == folder / NAME
    await destination.delete(NAME)
    assert await destination.list() == []


async def test_a_put_replaces_what_has_the_name(folder: Path, upload: FileUpload) -> None:
    (folder / NAME).write_bytes(b"old")
    await LocalFolder(folder).put(NAME, upload)
    assert (folder / NAME).stat().st_size == upload.size


async def test_a_staged_file_is_moved_not_copied(folder: Path) -> None:
    destination = LocalFolder(folder)
    assert destination.staging is not None
    destination.staging.mkdir()
    staged = destination.staging / "volume"
    staged.write_bytes(b"content")
    inode = staged.stat().st_ino
    await destination.put(NAME, FileUpload(staged, 7))
    assert (folder / NAME).stat().st_ino == inode
    assert not staged.exists()
    assert [each.name for each in await destination.list()] == [NAME], "folders are not listed"


class Failing:
    """An upload that ends with an error after its first part."""

    disposable = False

    def __init__(self, path: Path, deed: Callable[[], object]) -> None:
        self.path = path
        self.size = 10
        self._deed = deed

    def parts(self) -> Iterator[bytes]:
        yield b"first"
        self._deed()
        yield b"later"


def fail_with(number: int) -> Callable[[], object]:
    def deed() -> None:
        raise OSError(number, os.strerror(number))

    return deed


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DestinationFull),
        (errno.EDQUOT, DestinationFull),
        (errno.EACCES, DestinationRefused),
        (errno.EROFS, DestinationRefused),
        (errno.EIO, DestinationError),
        (errno.ESTALE, DestinationError),
    ],
)
async def test_a_failed_put_leaves_nothing(
    number: int, expected: type[DestinationError], folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(DestinationError) as caught:
        await LocalFolder(folder).put(NAME, Failing(tmp_path / "volume", fail_with(number)))
    assert type(caught.value) is expected
    assert NAME in str(caught.value)
    assert list(folder.iterdir()) == []


async def test_a_cancelled_put_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    finished = trio.Event()
    with trio.CancelScope() as scope:

        def cancel() -> None:
            trio.from_thread.run_sync(scope.cancel)

        class Watched(Failing):
            def parts(self) -> Iterator[bytes]:
                try:
                    yield from super().parts()
                finally:
                    token.run_sync_soon(finished.set)

        token = trio.lowlevel.current_trio_token()
        await LocalFolder(folder).put(NAME, Watched(tmp_path / "volume", cancel))
    assert scope.cancelled_caught
    await finished.wait()
    with trio.fail_after(5):
        while list(folder.iterdir()):
            await trio.lowlevel.checkpoint()
    assert not (folder / NAME).exists()


async def test_an_absent_folder(tmp_path: Path, upload: FileUpload) -> None:
    destination = LocalFolder(tmp_path / "absent" / "deep")
    for call in (
        destination.list(),
        destination.put(NAME, upload),
        destination.get(NAME, len),
        destination.test(),
    ):
        with pytest.raises(FolderMissing, match="absent/deep"):
            await call
    await destination.create_folder()
    await destination.create_folder()
    await destination.test()
    assert await destination.list() == []
    assert list((tmp_path / "absent/deep").iterdir()) == []


async def test_absent_files(folder: Path) -> None:
    destination = LocalFolder(folder)
    with pytest.raises(RemoteFileMissing, match=NAME):
        await destination.get(NAME, len)
    with pytest.raises(RemoteFileMissing, match=NAME):
        await destination.delete(NAME)


async def test_a_file_that_goes_while_the_folder_is_listed(folder: Path) -> None:
    """A put that runs beside renames its partial file: that is no missing folder."""
    (folder / "there").write_bytes(b"x")
    (folder / "nowhere").symlink_to(folder / "gone")
    assert [each.name for each in await LocalFolder(folder).list()] == ["there"]


async def test_reading_stops_when_it_is_cancelled(folder: Path) -> None:
    (folder / NAME).write_bytes(b"x" * 4 * PART)
    parts: list[int] = []
    with trio.CancelScope() as scope:

        def take(part: bytes) -> None:
            parts.append(len(part))
            trio.from_thread.run_sync(scope.cancel)

        await LocalFolder(folder).get(NAME, take)
    assert scope.cancelled_caught
    assert parts == [PART]


async def test_what_a_killed_put_left_is_taken_away_later(folder: Path, upload: FileUpload) -> None:
    """Names are new each time, so that it would take up room for ever."""
    old, new = folder / ".triplicati-part-old", folder / ".triplicati-part-new"
    for path in (old, new):
        path.write_bytes(b"part")
    os.utime(old, (0, 0))
    await LocalFolder(folder).put(NAME, upload)
    assert sorted(path.name for path in folder.iterdir()) == [new.name, NAME]


async def test_a_dead_mount_takes_no_threads_from_others(folder: Path) -> None:
    """A pipe that nobody writes to holds up who opens it, as a network mount whose server is gone does. After
    so many stopped operations nothing in the program could run in a thread any more."""
    os.mkfifo(folder / "dead")
    destination = LocalFolder(folder)
    try:
        async with trio.open_nursery() as nursery:
            for _ in range(60):
                nursery.start_soon(destination.get, "dead", bytes)
            await trio.testing.wait_all_tasks_blocked(0.05)
            nursery.cancel_scope.cancel()
        with trio.fail_after(5):
            assert await trio.to_thread.run_sync(int) == 0
    finally:
        waiting = os.open(folder / "dead", os.O_RDWR | os.O_NONBLOCK)  # lets them all go on
        await trio.testing.wait_all_tasks_blocked(0.05)
        os.close(waiting)
