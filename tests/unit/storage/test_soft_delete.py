"""What is kept under another name instead of being deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing
from support.conformance import Bytes, fetched
from support.far import FarDestination

from triplicati.engine.connecting import limited
from triplicati.errors import DestinationError, RemoteFileMissing, TransferStalled
from triplicati.options.option_values import OptionValues
from triplicati.storage.destination import Destination, RemoteFile, Upload, Write
from triplicati.storage.kinds.file import LocalFolder
from triplicati.storage.soft_delete import SoftDeletingDestination

# Inside a class, `list` is the method.
Listing = list[RemoteFile]


@pytest.fixture(params=["renames", "by copy", "cannot rename"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> SoftDeletingDestination:
    (tmp_path / "there").mkdir()
    folder: Destination = LocalFolder(tmp_path / "there")
    if request.param == "cannot rename":
        folder = FarDestination(folder)
    return SoftDeletingDestination(folder, "old-", by_copy=request.param == "by copy")


async def names(destination: Destination) -> list[str]:
    return sorted(each.name for each in await destination.list())


async def test_a_deleted_file_is_kept_under_its_new_name(
    destination: SoftDeletingDestination, tmp_path: Path
) -> None:
    await destination.put("a", Bytes(tmp_path, b"content"))
    await destination.delete("a")
    assert await names(destination) == ["old-a"]
    assert await fetched(destination, "old-a") == b"content"


async def test_what_was_kept_before_stays(destination: SoftDeletingDestination, tmp_path: Path) -> None:
    for content in (b"first", b"second", b"third"):
        await destination.put("a", Bytes(tmp_path, content))
        await destination.delete("a")
    kept = await names(destination)
    assert len(kept) == 3
    assert {await fetched(destination, name) for name in kept} == {b"first", b"second", b"third"}


async def test_what_is_kept_can_be_deleted(destination: SoftDeletingDestination, tmp_path: Path) -> None:
    await destination.put("old-a", Bytes(tmp_path, b"content"))
    await destination.delete("old-a")
    assert await names(destination) == []


async def test_a_file_that_is_not_there_is_missing(destination: SoftDeletingDestination) -> None:
    with pytest.raises(RemoteFileMissing):
        await destination.delete("a")
    assert await names(destination) == []


class Slow(FarDestination):
    """In memory: a volume takes three minutes each way, of which each tenth of one brings a part."""

    def __init__(self) -> None:
        super().__init__(LocalFolder(Path("nowhere")))
        self.files = {"a": 30}
        self.silent = False

    async def list(self) -> Listing:
        return [RemoteFile(name, size) for name, size in self.files.items()]

    async def get(self, name: str, write: Write) -> None:
        for _ in range(self.files[name]):
            await trio.sleep(float("inf") if self.silent else 6)
            write(b".")

    async def put(self, name: str, upload: Upload) -> None:
        await trio.sleep(180)
        self.files[name] = upload.size

    async def delete(self, name: str) -> None:
        del self.files[name]


class NeverRenames(Slow):
    async def rename(self, name: str, new: str) -> None:
        await trio.sleep_forever()


def soft(inner: Destination, **more: str) -> Destination:
    given = {"soft-delete-prefix": "old-", "short-timeout": "30s", "read-write-timeout": "200s", **more}
    return limited(inner, OptionValues(given), "far")


async def test_a_copy_may_take_longer_than_a_small_request(autojump_clock: trio.testing.MockClock) -> None:
    """It was cut off with --short-timeout, so that on a slow line nothing could ever be deleted."""
    slow = Slow()
    await soft(slow).delete("a")
    assert slow.files == {"old-a": 30}


async def test_nobody_waits_for_what_never_comes(autojump_clock: trio.testing.MockClock) -> None:
    silent = NeverRenames()
    with pytest.raises(DestinationError, match="within 30 seconds"):
        await soft(silent).delete("a")
    silent.silent = True
    with pytest.raises(TransferStalled):
        await soft(silent, **{"prevent-backend-rename": "true"}).delete("a")
    assert silent.files == {"a": 30}
