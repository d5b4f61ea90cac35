"""Entries of a zip without its directory."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.zips import archive_of

from triplicati.errors import CorruptVolume
from triplicati.formats.zip_reader import ReadAt, ZipReader
from triplicati.formats.zip_scan import scanned_entries
from triplicati.formats.zip_writer import ZipWriter

ENTRIES = {
    "manifest": b"{}", "one": b"1" * 2000, "two": bytes(range(256)) * 9, "three": b"", "four": b"4" * 70
}  # fmt: skip
contents = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=9), st.binary(max_size=300), min_size=1, max_size=8
)


def reading(archive: bytes) -> ReadAt:
    return lambda offset, size: archive[offset : offset + size]


def found(archive: bytes) -> dict[str, bytes]:
    """What can be read, as whoever salvages does: what is damaged is passed over."""
    read_at = reading(archive)
    reader = ZipReader(read_at, len(archive), "x", scanned_entries(read_at, len(archive)))
    kept = {}
    for name in reader.entries:
        try:
            kept[name] = reader.read(name)
        except CorruptVolume:
            continue
    return kept


class Unseekable(io.RawIOBase):
    """Makes zipfile write the sizes behind each entry."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        content = bytes(data)  # type: ignore[call-overload]
        self.written += content
        return len(content)


def streamed() -> bytes:
    sink = Unseekable()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ENTRIES.items():
            archive.writestr(name, content)
    return bytes(sink.written)


def wide() -> bytes:
    """With 64-bit sizes in every header, as another library of Duplicati writes them."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ENTRIES.items():
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(content)
    return sink.getvalue()


ARCHIVES = {"usual": archive_of(ENTRIES), "streamed": streamed(), "wide": wide()}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_all_entries_are_found_without_the_directory(archive: bytes) -> None:
    directory = archive.index(b"PK\x01\x02")

    assert found(archive[:directory]) == ENTRIES
    assert found(archive) == ENTRIES


@given(contents, st.data())
def test_of_what_was_cut_off_the_entries_before_are_found(
    entries: dict[str, bytes], data: st.DataObject
) -> None:
    archive = archive_of(entries)
    end = data.draw(st.integers(0, len(archive)))
    ends = []
    at = 0
    for name, content in entries.items():
        info = zipfile.ZipFile(io.BytesIO(archive)).getinfo(name)
        at = info.header_offset + 30 + len(name) + info.compress_size
        ends.append((at, name, content))

    assert found(archive[:end]) == {name: content for at, name, content in ends if at <= end}


@given(contents, st.data())
def test_damage_costs_only_the_entry_that_it_meets(entries: dict[str, bytes], data: st.DataObject) -> None:
    archive = bytearray(archive_of(entries, zipfile.ZIP_STORED))
    victim = data.draw(st.sampled_from(sorted(entries)))
    start = zipfile.ZipFile(io.BytesIO(archive)).getinfo(victim).header_offset
    at = start + data.draw(st.integers(0, 29 + len(victim) + len(entries[victim])))
    archive[at] ^= 0xFF
    others = {name: content for name, content in entries.items() if name != victim}

    result = found(bytes(archive))

    assert {name: result.get(name) for name in others} == others


def test_what_only_looks_like_a_header_is_none() -> None:
    """Noise may hold the four letters anywhere, and a block may be a zip itself."""
    inner = archive_of({"inner": b"x"}, zipfile.ZIP_STORED)
    archive = b"PK\x03\x04" + bytes(40) + b"PK\x03\x04" + archive_of({"outer": inner}, zipfile.ZIP_STORED)

    assert found(archive) == {"outer": inner}


def test_a_header_across_two_reads_is_found() -> None:
    archive = bytes((1 << 20) - 2) + archive_of({"entry": b"content"})

    assert found(archive) == {"entry": b"content"}


def test_our_own_volumes() -> None:
    sink = io.BytesIO()
    writer = ZipWriter(sink.write)
    for name, content in ENTRIES.items():
        writer.add(name.encode(), content, None)

    writer.close()

    assert found(sink.getvalue()[:-22]) == ENTRIES


@given(st.binary(max_size=400))
def test_noise_is_no_error(noise: bytes) -> None:
    header = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 8, 8, 0, 0, 0, 0, 0, 3, 0) + b"abc"

    found(noise)
    found(header + noise)
