import io
import random
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.zips import reader

from triplicati.formats.deflate import compressor, crc32
from triplicati.formats.zip_reader import ZipReader
from triplicati.formats.zip_writer import DEFLATED, STORED, ZipWriter

TEXT = b"the same words again and again " * 2000
NOISE = random.Random(3).randbytes(70_000)
ENTRIES = {
    "manifest": b"{}",
    "text": TEXT,
    "empty": b"",
    "extra/brücke €.txt": b"control file",
    "noise": NOISE,
}


def written(entries: dict[str, bytes], level: int = 1) -> bytes:
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    for name, content in entries.items():
        archive.add(name.encode(), content, compressor(level))
    expected = archive.final_size
    archive.close()
    assert expected == archive.size == len(out.getvalue())
    return out.getvalue()


def unzip_test(folder: Path, archive: bytes) -> str:
    path = folder / "a.zip"
    path.write_bytes(archive)
    found = subprocess.run(["unzip", "-tqq", path], capture_output=True, text=True, check=False)
    return f"{found.returncode}{found.stdout}{found.stderr}"


@pytest.mark.parametrize("level", [-1, 0, 1, 3, 4, 7, 9])
def test_the_standard_library_reads_every_level(level: int) -> None:
    with zipfile.ZipFile(io.BytesIO(written(ENTRIES, level))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == ENTRIES
        assert archive.getinfo("text").compress_type == (DEFLATED if level else STORED)
        assert archive.getinfo("manifest").compress_type == STORED


def test_unzip_finds_nothing_wrong(tmp_path: Path) -> None:
    assert unzip_test(tmp_path, written(ENTRIES)) == "0"


def test_there_are_no_flags_times_or_extra_fields_but_for_names(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(written(ENTRIES))) as archive:
        for info in archive.infolist():
            assert info.flag_bits == (0 if info.filename.isascii() else 0x800)
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert (info.extra, info.comment, info.extract_version) == (b"", b"", 20)


def test_equal_content_gives_equal_bytes() -> None:
    assert written(ENTRIES) == written(ENTRIES)


def test_what_does_not_become_smaller_is_stored() -> None:
    with zipfile.ZipFile(io.BytesIO(written({"noise": NOISE}))) as archive:
        assert archive.infolist()[0].compress_type == STORED


def test_an_entry_from_parts() -> None:
    packed = compressor(6)(TEXT)
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    parts = [packed[:10], b"", packed[10:]]
    archive.add_stream(b"list", DEFLATED, crc32(TEXT), parts, (len(packed), len(TEXT)))
    archive.close()
    with zipfile.ZipFile(out) as read:
        assert read.read("list") == TEXT


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536, 70_000])
def test_many_entries(count: int, tmp_path: Path) -> None:
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    for number in range(count):
        archive.add_packed(b"%d" % number, STORED, 0xF4DBDF21, b"0", 1)
    expected = archive.final_size
    archive.close()
    assert len(out.getvalue()) == expected
    wide = b"PK\x06\x06" in out.getvalue()[-120:]
    assert wide is (count >= 65_535)
    assert list(reader(out.getvalue()).entries) == [str(number) for number in range(count)]
    with zipfile.ZipFile(out) as read:
        assert len(read.infolist()) == count
        assert read.read(str(count - 1)) == b"0"
    if count in (65_535, 70_000):
        assert unzip_test(tmp_path, out.getvalue()) == "0"


class FarFile:
    """A file whose first part, of `hole` bytes, is a hole."""

    def __init__(self, hole: int) -> None:
        self.hole = hole
        self.tail = b""

    def read_at(self, offset: int, size: int) -> bytes:
        zeros = bytes(max(0, min(size, self.hole - offset)))
        start = max(0, offset - self.hole)
        return zeros + self.tail[start : start + size - len(zeros)]

    def write(self, data: bytes) -> None:
        self.tail += data


@pytest.mark.parametrize("hole", [0xEFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 0x1_0000_0000, 5 << 32])
def test_entries_behind_four_gigabytes(hole: int, tmp_path: Path) -> None:
    file = FarFile(hole)
    archive = ZipWriter(file.write)
    archive.size = hole
    archive.add(b"text", TEXT, compressor(1))
    archive.add("brücke".encode(), b"far", None)
    expected = archive.final_size
    archive.close()

    assert archive.size == hole + len(file.tail) == expected
    found = ZipReader(file.read_at, archive.size, "v")
    assert {name: found.read(name) for name in found.entries} == {"text": TEXT, "brücke": b"far"}

    sparse = tmp_path / "far.zip"
    with sparse.open("wb") as out:
        out.seek(hole)
        out.write(file.tail)
    with zipfile.ZipFile(sparse) as read:
        assert {name: read.read(name) for name in read.namelist()} == {"text": TEXT, "brücke": b"far"}


def test_an_entry_that_claims_more_than_four_gigabytes() -> None:
    """The content itself is left out: only the fields are looked at."""
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    archive.add_stream(b"list", DEFLATED, 7, [], (5 << 32, 6 << 32))
    archive.close()
    local, central = out.getvalue()[:30], out.getvalue()[out.getvalue().index(b"PK\x01\x02") :]
    assert struct.unpack_from("<II", local, 18) == (0xFFFFFFFF, 0xFFFFFFFF)
    assert struct.unpack_from("<HHQQ", out.getvalue(), 34) == (1, 16, 6 << 32, 5 << 32)
    assert struct.unpack_from("<HHQQQ", central, 50) == (1, 24, 6 << 32, 5 << 32, 0)


names = st.text(st.characters(codec="utf-8", exclude_characters="\\\x00"), min_size=1, max_size=20)


@given(st.dictionaries(names, st.binary(max_size=200), max_size=8), st.sampled_from([0, 1, 6]))
def test_what_was_written_is_read(entries: dict[str, bytes], level: int) -> None:
    archive = written(entries, level)
    found = reader(archive)
    assert {name: found.read(name) for name in found.entries} == entries
    assert {name: b"".join(found.chunks(name)) for name in found.entries} == entries
    with zipfile.ZipFile(io.BytesIO(archive)) as standard:
        assert [standard.read(info) for info in standard.infolist()] == list(entries.values())
