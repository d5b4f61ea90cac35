import io
import random
import tracemalloc
import zipfile
import zlib

import pytest
from support.zips import archive_of, reader

from triplicati.errors import CorruptVolume
from triplicati.formats.deflate import compressor, crc32
from triplicati.formats.zip_writer import DEFLATED, ZipWriter

RANDOM = random.Random(7)
ENTRIES = {
    "manifest": b"{}",
    "empty": b"",
    "text": b"words and words " * 200_000,
    "noise": RANDOM.randbytes(1_500_000),
    "list/a-_=": bytes(3 << 20),
    "extra/brücke": b"x",
}
METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflate": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_is_read_at_once_and_in_parts(method: int) -> None:
    found = reader(archive_of(ENTRIES, method))
    assert list(found.entries) == list(ENTRIES)
    for name, content in ENTRIES.items():
        assert found.entries[name].size == len(content)
        assert found.read(name) == content
        parts = list(found.chunks(name))
        assert b"".join(parts) == content
        assert all(0 < len(part) <= 1 << 20 for part in parts)


class Unseekable(io.RawIOBase):
    """Makes the standard library write data descriptors."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.content += bytes(data)  # type: ignore[call-overload]  # any buffer
        return len(bytes(data))  # type: ignore[call-overload]  # any buffer


def test_data_descriptors() -> None:
    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"aaaa" * 100)
        archive.writestr("b", b"")
    found = reader(out.content)
    assert found.read("a") == b"aaaa" * 100
    assert found.read("b") == b""


def test_zip64_extras_where_none_are_needed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a", "w", force_zip64=True) as entry:
        entry.write(b"content")
    assert reader(out.getvalue()).read("a") == b"content"


def test_more_entries_than_the_narrow_directory_can_count() -> None:
    entries = {str(number): b"" for number in range(65_600)}
    found = reader(archive_of(entries, zipfile.ZIP_STORED))
    assert list(found.entries) == list(entries)
    assert "65599" in found
    assert "65600" not in found


def test_a_comment_behind_the_directory_does_not_matter() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = b"a comment" * 3000
        archive.writestr("a", b"content")
    assert reader(out.getvalue()).read("a") == b"content"


def test_of_equal_names_the_last_one_counts() -> None:
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    archive.add(b"a", b"first", None)
    archive.add(b"a", b"second", None)
    archive.close()
    assert reader(out.getvalue()).read("a") == b"second"


def test_backslashes_in_names_are_slashes() -> None:
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    archive.add(b"list\\x", b"words " * 100, compressor(1))
    archive.close()
    found = reader(out.getvalue())
    assert found.read("list/x") == b"words " * 100
    assert b"".join(found.chunks("list/x")) == b"words " * 100


def test_names_of_old_writers_are_in_the_old_code_page() -> None:
    archive = archive_of({"br?cke": b"x"}, zipfile.ZIP_STORED).replace(b"br?cke", b"br\x81cke")
    assert list(reader(archive).entries) == ["brücke"]


def test_a_missing_entry_has_a_typed_error() -> None:
    found = reader(archive_of({"a": b""}))
    with pytest.raises(CorruptVolume, match="no entry 'b'"):
        found.read("b")
    with pytest.raises(CorruptVolume, match="no entry 'b'"):
        list(found.chunks("b"))


@pytest.mark.parametrize("archive", [b"", b"PK\x05\x06", b"no zip at all", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive(archive: bytes) -> None:
    with pytest.raises(CorruptVolume):
        reader(archive)


def test_an_empty_archive() -> None:
    assert reader(archive_of({})).entries == {}


def test_an_encrypted_entry_is_refused() -> None:
    archive = bytearray(archive_of({"a": b"x"}))
    at = archive.index(b"PK\x01\x02")
    archive[at + 8] |= 1
    with pytest.raises(CorruptVolume):
        reader(bytes(archive))


def test_a_method_that_nobody_supports() -> None:
    archive = bytearray(archive_of({"a": b"xyz"}, zipfile.ZIP_STORED))
    at = archive.index(b"PK\x01\x02")
    archive[at + 10] = 98
    found = reader(bytes(archive))
    with pytest.raises(CorruptVolume, match="method 98"):
        found.read("a")


def bomb(claimed: int, actual: int, name: bytes = b"a") -> bytes:
    """An entry that inflates to `actual` zeros and claims `claimed` bytes."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(stream.compress(bytes(1 << 20)) for _ in range(actual >> 20)) + stream.flush()
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    archive.add_packed(name, DEFLATED, crc32(bytes(claimed)), packed, claimed)
    archive.close()
    return out.getvalue()


def peak_while(work: object) -> int:
    assert callable(work)
    tracemalloc.start()
    try:
        with pytest.raises(CorruptVolume):
            work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_entry_is_never_inflated_beyond_what_it_claims() -> None:
    found = reader(bomb(1000, 200 << 20))
    assert peak_while(lambda: found.read("a")) < 8 << 20
    assert peak_while(lambda: list(found.chunks("a"))) < 8 << 20


def test_an_entry_that_claims_too_much_is_not_begun() -> None:
    found = reader(bomb(64 << 20, 64 << 20))
    assert peak_while(lambda: found.read("a", at_most=1 << 20)) < 1 << 20
    found = reader(bomb(64 << 20, 64 << 20, b"manifest"))
    assert peak_while(lambda: found.read("manifest")) < 1 << 20


def test_an_entry_that_holds_less_than_it_claims() -> None:
    found = reader(bomb(3 << 20, 2 << 20))
    for work in (lambda: found.read("a"), lambda: list(found.chunks("a"))):
        with pytest.raises(CorruptVolume):
            work()


def test_entries_that_overlap_are_refused() -> None:
    """A few kilobytes of directory could otherwise make the same bytes unpack a million times."""
    archive = archive_of({"a": RANDOM.randbytes(5000)}, zipfile.ZIP_STORED)
    at, end = archive.index(b"PK\x01\x02"), archive.index(b"PK\x05\x06")
    record = archive[at:end]
    tail = bytearray(archive[end:])
    tail[8:12] = (3).to_bytes(2, "little") * 2
    tail[12:16] = (3 * len(record)).to_bytes(4, "little")
    with pytest.raises(CorruptVolume, match="overlap"):
        reader(archive[:at] + record * 3 + bytes(tail))


def test_a_window_of_gigabytes_takes_no_memory() -> None:
    archive = bytearray(archive_of({"a": b"words " * 1000}, zipfile.ZIP_LZMA))
    head = archive.index(b"\x05\x00\x5d")
    archive[head + 3 : head + 7] = b"\xff\xff\xff\xff"
    assert reader(bytes(archive)).read("a") == b"words " * 1000
