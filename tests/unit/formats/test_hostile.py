"""Whatever a destination holds, reading it ends in a typed error or in plausible values, and soon."""

import contextlib
import io
import random
import zipfile

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.streams import decrypted, encrypted
from support.zips import archive_of, reader

from triplicati.errors import TriplicatiError
from triplicati.formats import aescrypt
from triplicati.formats.attributes import parse_attributes
from triplicati.formats.deflate import compressor
from triplicati.formats.dindex import decode_volume
from triplicati.formats.dlist import decode_fileset, decode_list
from triplicati.formats.hashes import ALGORITHMS
from triplicati.formats.jsontext import BOM
from triplicati.formats.manifest import VolumeFormat, decode_manifest, encode_manifest
from triplicati.formats.metadata import EMPTY_METADATA, decode_metadata
from triplicati.formats.names import parse_name
from triplicati.formats.zip_writer import ZipWriter

ENTRIES = {"manifest": b"{}", "text": b"words and words " * 50, "list/a": b"\x00" * 99, "brücke": b"x"}
JSON_BYTES = b'{}[]",:\\ \x00\x1f\xff\xef0129-eE.truefalsn'


def our_archive() -> bytes:
    out = io.BytesIO()
    archive = ZipWriter(out.write)
    for name, content in ENTRIES.items():
        archive.add(name.encode(), content, compressor(1))
    archive.close()
    return out.getvalue()


def wide_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a", "w", force_zip64=True) as entry:
        entry.write(b"content")
    plain = out.getvalue()
    end = plain.index(b"PK\x05\x06")
    record = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(12) + (1).to_bytes(8, "little") * 2
    record += (end - plain.index(b"PK\x01\x02")).to_bytes(8, "little") + plain.index(b"PK\x01\x02").to_bytes(
        8, "little"
    )
    locator = b"PK\x06\x07" + bytes(4) + end.to_bytes(8, "little") + (1).to_bytes(4, "little")
    return plain[:end] + record + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)


ARCHIVES = {
    "ours": our_archive(),
    "wide": wide_archive(),
    "deflate": archive_of(ENTRIES),
    "bzip2": archive_of(ENTRIES, zipfile.ZIP_BZIP2),
    "lzma": archive_of(ENTRIES, zipfile.ZIP_LZMA),
}


def read_all(archive: bytes) -> int:
    """How many entries read without an error; any error but ours goes on."""
    try:
        found = reader(archive)
    except TriplicatiError:
        return 0
    good = 0
    for name in found.entries:
        at_once = in_parts = None
        with contextlib.suppress(TriplicatiError):
            at_once = found.read(name, at_most=1 << 20)
        with contextlib.suppress(TriplicatiError):
            in_parts = b"".join(found.chunks(name))
        good += at_once is not None
        assert at_once is None or at_once == in_parts
    return good


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_archives_are_good_before_they_are_damaged(name: str) -> None:
    assert read_all(ARCHIVES[name]) == (1 if name == "wide" else len(ENTRIES))


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_cut_of_an_archive(name: str) -> None:
    archive = ARCHIVES[name]
    for end in range(len(archive)):
        assert read_all(archive[:end]) == 0


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_byte_of_an_archive_changed(name: str) -> None:
    archive = ARCHIVES[name]
    for at in range(len(archive)):
        for value in {0, 1, 0x7F, 0x80, 0xFF, archive[at] ^ 1, archive[at] ^ 0x20}:
            read_all(archive[:at] + bytes([value]) + archive[at + 1 :])


@pytest.mark.parametrize("name", ARCHIVES)
def test_fields_of_an_archive_changed_together(name: str) -> None:
    dice = random.Random(11)
    archive = ARCHIVES[name]
    for _ in range(4000):
        changed = bytearray(archive)
        for _ in range(dice.randint(1, 4)):
            width = dice.choice([1, 2, 4, 8])
            at = dice.randrange(max(0, len(archive) - 250), len(archive) - width)
            value = dice.choice(
                [0, 1, (1 << 8 * width) - 1, 1 << (8 * width - 1), dice.randrange(1 << 8 * width)]
            )
            changed[at : at + width] = value.to_bytes(width, "little")
        read_all(bytes(changed))


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"PK\x05\x06", b"PK\x06\x06", b"PK\x01\x02"]),
    st.binary(max_size=80),
)
def test_bytes_that_are_no_archive(start: bytes, magic: bytes, rest: bytes) -> None:
    read_all(start + magic + rest)


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    known = aescrypt.derive_key(bytes(range(16)), "p")
    monkeypatch.setattr(aescrypt, "derive_key", lambda iv, _: known if iv == bytes(range(16)) else bytes(32))


@pytest.mark.usefixtures("quick_keys")
def test_streams_changed_in_several_places() -> None:
    dice = random.Random(13)
    stream = encrypted(b"content " * 9, "p")
    for _ in range(5000):
        changed = bytearray(stream)
        for _ in range(dice.randint(1, 4)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        with contextlib.suppress(TriplicatiError):
            assert decrypted(bytes(changed), "p") == b"content " * 9


@pytest.mark.usefixtures("quick_keys")
@given(st.binary(max_size=300), st.integers(0, 1000))
def test_bytes_that_are_no_stream(rest: bytes, length: int) -> None:
    with pytest.raises(TriplicatiError):
        decrypted(b"AES\x02\x00" + rest, "p", length)


@given(st.text() | st.from_regex(r"[a-z]+-(b[0-9a-f]+|[0-9]{8}T[0-9]{6}Z).(dlist|dblock|dindex)\.[a-z.]*"))
def test_any_name(name: str) -> None:
    found = parse_name(name)
    assert found is None or found.name == name


@pytest.mark.parametrize(
    "name", ["a" * 100_000, "a-b" + "0" * 100_000, "-" * 100_000, "a-" * 50_000, "a-b0.dlist." * 9999]
)
def test_long_names(name: str) -> None:
    assert parse_name(name) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


def changed_texts(text: bytes) -> list[bytes]:
    dice = random.Random(len(text))
    changed = []
    for _ in range(4000):
        some = bytearray(text)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(some))
            some[at : at + dice.choice([0, 1, 1, 1, 9])] = bytes(
                dice.choices(JSON_BYTES, k=dice.choice([0, 1, 1, 1, 9]))
            )
        changed.append(bytes(some))
    return changed


MANIFEST = encode_manifest(VolumeFormat(), 0)
INDEX = (
    b'{"blocks":[{"hash":"AQI=","size":1024},{"hash":"AwQ=","size":7}],"volumehash":"Bw==","volumesize":99}'
)
LIST = BOM + (
    b'[{"type":"Folder","path":"/s/","metahash":"AA==","metasize":1,"metablockhash":"AA=="},{"type":"File",'
    b'"path":"/s/f","hash":"AA==","size":0,"time":"20240101T000000Z","metahash":"AA==","blocklists":["AA=="]}]'
)
METADATA = BOM + (
    b'{"unix-ext:user.a":"AQI=","unix:uid-gid-perm":"1000-1000-420","unix:owner-name":"u","CoreAttributes":"Hidden",'
    b'"CoreLastWritetime":"638396640000000000","CoreCreatetime":"0","CoreSymlinkTarget":"/a"}'
)


def test_changed_manifests() -> None:
    for text in changed_texts(MANIFEST):
        try:
            form = decode_manifest(text, "v")
        except TriplicatiError:
            continue
        assert 16 <= form.blocksize < 1 << 31
        assert {form.block_hash, form.file_hash} <= set(ALGORITHMS)


def test_changed_indexes() -> None:
    for text in changed_texts(INDEX):
        try:
            found = decode_volume(text, "v")
        except TriplicatiError:
            continue
        assert all(-1 <= block.size < 1 << 63 for block in found.blocks)


def test_changed_lists() -> None:
    for text in changed_texts(LIST):
        try:
            entries = [entry for batch in decode_list([text[:150], text[150:]], "v") for entry in batch]
        except TriplicatiError:
            continue
        assert all(-1 <= entry.size < 1 << 63 for entry in entries)


def test_changed_metadata() -> None:
    for text in changed_texts(METADATA):
        try:
            found = decode_metadata(text)
        except TriplicatiError:
            continue
        assert found.mode is None or 0 <= found.mode <= 0o777
        assert found.uid is None or 0 <= found.uid < 1 << 32


@settings(max_examples=300)
@given(json_values)
def test_other_json_in_every_place(value: object) -> None:
    text = msgspec.json.encode(value)
    for decode in (decode_manifest, decode_volume, decode_fileset):
        with contextlib.suppress(TriplicatiError):
            decode(text, "v")
    with contextlib.suppress(TriplicatiError):
        decode_metadata(text)
    with contextlib.suppress(TriplicatiError):
        list(decode_list([text[:3], text[3:]], "v"))


DEEP = [b'{"a":' + b"[" * 200_000, b'{"a":' * 200_000, b"[" * 200_000 + b"]" * 200_000]


@pytest.mark.parametrize("text", DEEP, ids=["lists", "objects", "closed"])
def test_nesting_without_end(text: bytes) -> None:
    with pytest.raises(TriplicatiError):
        decode_manifest(text, "v")
    with pytest.raises(TriplicatiError):
        decode_volume(text, "v")
    with pytest.raises(TriplicatiError):
        decode_fileset(text, "v")
    with pytest.raises(TriplicatiError):
        decode_metadata(text)
    with pytest.raises(TriplicatiError):
        list(decode_list([text[:50], text[50:]], "v"))
    with pytest.raises(TriplicatiError):
        list(decode_list([b'[{"type":"File","path":"/","x":', text], "v"))


KNOWN_KEYS = (
    "unix:uid-gid-perm",
    "CoreAttributes",
    "CoreLastWritetime",
    "CoreCreatetime",
    "CoreSymlinkTarget",
    "unix-ext:a",
    "triplicati:raw-name",
)
three_numbers = st.lists(st.integers(), min_size=3, max_size=3).map(lambda parts: "-".join(map(str, parts)))
any_value = st.text() | st.integers().map(str) | st.integers() | st.lists(st.integers()) | three_numbers


@given(st.dictionaries(st.sampled_from(KNOWN_KEYS), any_value))
def test_any_value_of_the_known_keys(values: dict[str, object]) -> None:
    found = decode_metadata(msgspec.json.encode(values))
    assert found.uid is None or 0 <= found.uid < 1 << 32


@pytest.mark.parametrize("digits", [1, 30, 4300, 4301, 1_000_000])
def test_numbers_of_many_digits(digits: int) -> None:
    """More than 4300 digits are a ValueError of the language."""
    number = "9" * digits
    text = (
        f'{{"CoreAttributes":"{number}","CoreLastWritetime":"{number}","unix:uid-gid-perm":"{number}-0-0"}}'
    )
    found = decode_metadata(text.encode())
    assert found.mtime_ns is None or digits == 1
    assert found.uid in (None, 9)
    assert parse_attributes(number) == frozenset() or digits < 200


def test_empty_metadata_says_nothing() -> None:
    assert decode_metadata(EMPTY_METADATA) == decode_metadata(b"")
