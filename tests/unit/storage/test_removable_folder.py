"""A destination on a disk that comes and goes, and puts that move."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.conformance import Bytes

from triplicati.errors import DestinationMarkerMissing, FolderMissing
from triplicati.storage.destination import Destination
from triplicati.storage.registry import open_destination
from triplicati.storage.uploads import FileUpload
from triplicati.values.urls import parse_url


def folders(tmp_path: Path, *names: str) -> list[Path]:
    for name in names:
        (tmp_path / name).mkdir()
    return [tmp_path / name for name in ("first", "second", "third")]


def connect(first: Path, *others: Path, **options: str) -> Destination:
    named: dict[str, str | None] = {name.replace("_", "-"): value for name, value in options.items()}
    if others:
        named["alternate-target-paths"] = os.pathsep.join(map(str, others))
    return open_destination(parse_url(str(first)), named)


async def test_the_first_that_is_there_is_used(tmp_path: Path) -> None:
    first, second, third = folders(tmp_path, "second", "third")
    await connect(first, second, third).put("a", Bytes(tmp_path, b"content"))
    assert (second / "a").exists()
    first.mkdir()
    await connect(first, second, third).put("b", Bytes(tmp_path, b"content"))
    assert (first / "b").exists()


async def test_where_none_is_there_the_address_itself_is_missing(tmp_path: Path) -> None:
    first, second, _ = folders(tmp_path)
    with pytest.raises(FolderMissing, match="first"):
        await connect(first, second).list()


async def test_the_one_with_the_marker_is_used(tmp_path: Path) -> None:
    first, second, third = folders(tmp_path, "first", "second", "third")
    (third / "mine.txt").touch()
    destination = connect(first, second, third, alternate_destination_marker="mine.txt")
    await destination.put("a", Bytes(tmp_path, b"content"))
    assert (third / "a").exists()


async def test_without_the_marker_nothing_is_written(tmp_path: Path) -> None:
    """The mount point of a disk that is not attached is an empty folder of another."""
    first, *_ = folders(tmp_path, "first")
    destination = connect(first, alternate_destination_marker="mine.txt")
    for call in (destination.list, destination.create_folder, destination.test):
        with pytest.raises(DestinationMarkerMissing, match=r"mine\.txt"):
            await call()
    with pytest.raises(DestinationMarkerMissing):
        await destination.put("a", Bytes(tmp_path, b"content"))
    assert list(first.iterdir()) == []


@pytest.mark.parametrize("moves", [True, False])
async def test_a_file_that_nobody_needs_is_moved_when_asked(tmp_path: Path, moves: bool) -> None:
    first, *_ = folders(tmp_path, "first")
    path = tmp_path / "volume"
    path.write_bytes(b"content")
    number = path.stat().st_ino
    await connect(first, use_move_for_put=str(moves)).put("a", FileUpload(path, 7, disposable=True))
    assert (first / "a").read_bytes() == b"content"
    assert ((first / "a").stat().st_ino == number) == moves


async def test_a_file_that_somebody_needs_is_never_moved(tmp_path: Path) -> None:
    first, *_ = folders(tmp_path, "first")
    path = tmp_path / "volume"
    path.write_bytes(b"content")
    await connect(first, use_move_for_put="true").put("a", FileUpload(path, 7))
    assert path.exists()
    assert (first / "a").read_bytes() == b"content"


async def test_another_disk_gets_a_copy(tmp_path: Path) -> None:
    first, *_ = folders(tmp_path, "first")
    other = Path("/dev/shm") / f"triplicati-test-{os.getpid()}"
    other.write_bytes(b"content")
    try:
        await connect(first, use_move_for_put="true").put("a", FileUpload(other, 7, disposable=True))
        assert (first / "a").read_bytes() == b"content"
    finally:
        other.unlink(missing_ok=True)
