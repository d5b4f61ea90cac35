"""What is kept under another name instead of being deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.conformance import Bytes, fetched
from support.far import FarDestination

from triplicati.errors import RemoteFileMissing
from triplicati.storage.destination import Destination
from triplicati.storage.kinds.file import LocalFolder
from triplicati.storage.soft_delete import SoftDeletingDestination


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
