"""A destination on a disk that fails here and there."""

from __future__ import annotations

import errno
import io
import shutil
from pathlib import Path

import pytest
from support.golden import CASES
from support.rescue import golden_rescue

from triplicati.recover import plain
from triplicati.recover.bad_disk import FailingFile

SECTOR = 4096


class BadDisk(io.BytesIO):
    """Fails for a read that touches one of the sectors."""

    def __init__(self, content: bytes, bad: set[int]) -> None:
        super().__init__(content)
        self.bad = bad
        self.tries = 0

    def read(self, size: int | None = -1) -> bytes:
        start = self.tell()
        content = super().read(size)
        if self.bad & set(range(start // SECTOR, -(-(start + len(content)) // SECTOR))):
            self.tries += 1
            self.seek(start)
            raise OSError(errno.EIO, "Input/output error")
        return content


def read_all(disk: BadDisk) -> tuple[bytes, str]:
    file, out = FailingFile(disk), io.BytesIO()
    shutil.copyfileobj(file, out, 1 << 16)
    return out.getvalue(), file.problem


def test_zeros_stand_in_for_what_cannot_be_read() -> None:
    content = bytes(range(1, 256)) * 1000
    bad = {0, 3, 17}

    found, problem = read_all(BadDisk(content, bad))

    expected = bytearray(content)
    for sector in bad:
        expected[sector * SECTOR : (sector + 1) * SECTOR] = bytes(SECTOR)
    assert found == bytes(expected)
    assert "Input/output error" in problem


def test_a_disk_that_gives_less_than_it_is_asked_for() -> None:
    """As the system does before a bad sector: what is decrypted must not lose its alignment by that."""

    class Short(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1000))

    content = bytes(range(1, 256)) * 100

    assert FailingFile(Short(content)).read(20_000) == content[:20_000]


def test_a_disk_without_failures() -> None:
    assert read_all(BadDisk(b"content", set())) == (b"content", "")


def test_a_disk_that_has_failed_for_good_is_not_asked_for_ever() -> None:
    disk = BadDisk(bytes(10 << 20), set(range(5, 3000)))

    found, _ = read_all(disk)

    assert found[:5] == bytes(5)
    assert len(found) < 1 << 20
    assert disk.tries < 100


@pytest.mark.parametrize("name", ["b-aes", "d-lookup"])
def test_a_volume_with_a_bad_sector_gives_its_other_blocks(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rescue = golden_rescue(CASES[name], tmp_path)
    largest = max(rescue.remotes("dblock"), key=lambda path: path.stat().st_size)
    middle = largest.stat().st_size // SECTOR // 2

    class OnBadDisk(FailingFile):
        def __init__(self, file: io.FileIO) -> None:
            content = file.readall()
            super().__init__(BadDisk(content, {middle} if file.name == str(largest) else set()))

    monkeypatch.setattr(plain, "FailingFile", OnBadDisk)

    assert rescue.download() == 200
    assert [path.name for path in rescue.damaged.iterdir()] == [largest.name]
    assert (rescue.plain / largest.name.removesuffix(".aes")).exists()
