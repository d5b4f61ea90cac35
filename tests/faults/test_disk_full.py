"""No room left, as far as it can be had without a file system for it; see test_disk_full_mounted.py."""

from __future__ import annotations

import errno
import io
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio
from support.engine import GPG, PASSPHRASE, Content, Place, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.engine.finishing import refusal
from triplicati.engine.gpg import encrypt_gpg
from triplicati.engine.opening import Expected, Keys, open_volume
from triplicati.engine.outcome import settled
from triplicati.engine.sink import VolumeSink
from triplicati.errors import DestinationError, DestinationFull, DiskFull, TriplicatiError
from triplicati.index import database as local
from triplicati.messages.progress import Event
from triplicati.storage.destination import Destination, Upload
from triplicati.storage.kinds.file import LocalFolder
from triplicati.storage.uploads import FileUpload

# More blocks than a worker holds: it finds the full disk in the middle of the large file.
SOURCE: dict[str, Content] = {"a": "first", "large": noise(2_100_000), "z": noise(3000, 2)}
VOLUME = 300 << 10


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, SOURCE)
    return found


async def assert_goes_on(place: Place) -> None:
    damage = read_destination(place.remote, place.passphrase).damage
    assert [each for each in damage if "described in no dindex" not in each] == []
    result = await place.back_up(volume_size=VOLUME)
    assert (result.errors, result.warnings, result.files_with_error) == ([], [], 0)
    assert read_destination(place.remote, place.passphrase).damage == []
    await place.restore(place.folder / "restored", lost=True)
    assert tree(place.folder / "restored") == tree(place.source)


class _Full:
    """A destination that takes no file whose name contains `match`."""

    def __init__(self, inner: Destination, match: str) -> None:
        self._inner = inner
        self._match = match
        self.tried: list[str] = []

    def __getattr__(self, name: str) -> Any:  # Any: whatever the destination offers
        return getattr(self._inner, name)

    async def put(self, name: str, upload: Upload) -> None:
        if self._match in name:
            self.tried.append(name)
            raise DestinationFull(name=name, reason="quota exceeded")
        await self._inner.put(name, upload)


@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
async def test_a_full_destination_is_told_and_not_tried_again(place: Place, kind: str) -> None:
    made: list[_Full] = []

    def wrap(inner: Destination) -> Any:  # Any: it is a destination by its attributes
        made.append(_Full(inner, kind))
        return made[-1]

    place.wrap = wrap
    with pytest.raises(DestinationFull, match=kind):
        await place.back_up(volume_size=VOLUME, uploads=1)
    assert len(made[0].tried) == 1
    place.wrap = None
    assert place.volumes("dlist") == []
    await assert_goes_on(place)


@pytest.mark.parametrize(("encryption", "room"), [("aes", 0), ("aes", 250_000), ("", 1), ("", 800_000)])
async def test_no_room_for_volumes_is_no_failure_of_the_file_that_is_read(
    place: Place, encryption: str, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first bytes of an encrypted volume were written where an error was taken for one of the file: that
    was left out of the version with a warning."""
    place.encryption = encryption
    heard: list[Event] = []
    place.notify = heard.append
    left = [room]
    out = VolumeSink._out

    def limited(self: VolumeSink, data: bytes | memoryview) -> None:
        left[0] -= len(data)
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        out(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(VolumeSink, "_out", limited)
        with pytest.raises(DiskFull, match="triplicati-"):
            await place.back_up(volume_size=VOLUME)
    assert [each.text for each in heard if each.kind in ("warning", "error")] == []
    assert place.volumes("dlist") == []
    assert os.listdir(place.temporary) == []
    await assert_goes_on(place)


async def test_a_volume_that_vanishes_under_the_worker_is_no_file_that_vanished(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when something tidies up the temporary files while a backup runs."""
    heard: list[Event] = []
    place.notify = heard.append

    def gone(self: VolumeSink, size: int) -> bytes:
        raise FileNotFoundError(errno.ENOENT, "gone", str(self._path))

    with monkeypatch.context() as patch:
        patch.setattr(VolumeSink, "_read_back", gone)
        with pytest.raises(TriplicatiError, match="gone"):
            await place.back_up(volume_size=VOLUME)
    assert [each.text for each in heard if each.kind in ("warning", "error")] == []
    await assert_goes_on(place)


@pytest.mark.parametrize("pages", [30, 90])
async def test_no_room_for_the_local_database(
    place: Place, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = local._connect

    def limited(path: Path) -> apsw.Connection:
        connection = connect(path)
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(local, "_connect", limited)
        with pytest.raises(DiskFull, match=str(place.database)):
            await place.back_up(volume_size=VOLUME)
    await assert_goes_on(place)


async def test_no_room_for_what_is_fetched(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a disk of this machine that is full, not the destination, though its code makes the call."""
    place.faults = []
    await place.back_up(volume_size=VOLUME)
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.NamedTemporaryFile", lambda **_: io.FileIO("/dev/full", "wb"))
        for lost in (False, True):
            with pytest.raises(DiskFull, match="/dev/full"):
                await place.restore(place.folder / "target", lost=lost)
    result = await place.restore(place.folder / "target")
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "target") == tree(place.source)


async def test_no_room_for_a_scratch_database() -> None:
    async def operation() -> None:
        async with trio.open_nursery():
            raise apsw.FullError("database or disk is full")

    with pytest.raises(DiskFull, match="temporary files"):
        await settled(operation)


def test_a_restore_ends_at_a_full_disk_and_goes_on_after_any_other_failure() -> None:
    assert refusal(PermissionError(errno.EACCES, "denied"), b"/target/file") == "denied"
    for number in (errno.ENOSPC, errno.EDQUOT):
        with pytest.raises(DiskFull, match="/target/file"):
            refusal(OSError(number, os.strerror(number)), b"/target/file")


# --- writes that take less than they are given -----------------------------------------------------------


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """What goes beyond is not written, and only the next write says so: so does a disk that gets full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_an_upload_is_not_cut_short_in_silence(tmp_path: Path) -> None:
    """The last part of a volume did not fit, the volume got its name all the same and was truncated."""
    (tmp_path / "volume").write_bytes(noise(300_000))
    (tmp_path / "remote").mkdir()
    with largest_file(200_000), pytest.raises(DestinationError):
        await LocalFolder(tmp_path / "remote").put("volume", FileUpload(tmp_path / "volume", 300_000))
    assert list((tmp_path / "remote").iterdir()) == []


def test_a_volume_encrypted_by_gpg_is_not_cut_short_in_silence(tmp_path: Path) -> None:
    plain, target = tmp_path / "plain", tmp_path / "target"
    plain.write_bytes(noise(300_000))
    with largest_file(200_000), pytest.raises(OSError, match="too large"):
        encrypt_gpg(plain, Keys(PASSPHRASE, GPG), target, "a volume")


def test_a_volume_decrypted_into_a_file_is_not_cut_short_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be called damaged."""
    from triplicati.formats.aescrypt import AesEncryptor

    monkeypatch.setattr("triplicati.engine.opening._IN_MEMORY", 0)
    stream = io.BytesIO()
    encryptor = AesEncryptor(stream.write, PASSPHRASE)
    encryptor.update(noise(300_000))
    encryptor.close()
    name = f"duplicati-b{'0' * 32}.dblock.zip.aes"
    path = tmp_path / name
    path.write_bytes(stream.getvalue())
    keys = Keys(PASSPHRASE, tempdir=str(tmp_path))
    with (
        largest_file(200_000),
        pytest.raises(TriplicatiError, match="too large"),
        open_volume(path, name, keys, Expected()),
    ):
        pass
