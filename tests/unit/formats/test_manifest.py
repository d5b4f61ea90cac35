import json

import pytest

from triplicati import __version__
from triplicati.errors import CorruptVolume
from triplicati.formats.manifest import VolumeFormat, check_manifest, decode_manifest, encode_manifest

REAL = (
    b'{"Version":2,"Created":"20261122T065836Z","Encoding":"utf8","Blocksize":102400,"BlockHash":"SHA256",'
    b'"FileHash":"SHA256","AppVersion":"2.0.8.1"}'
)
FORM = VolumeFormat(102400, "SHA256", "SHA256")


def test_a_manifest_to_the_byte() -> None:
    assert encode_manifest(VolumeFormat(1024, "SHA512", "MD5"), 1795330716) == (
        b'\xef\xbb\xbf{"Version":2,"Created":"20261122T065836Z","Encoding":"utf8","Blocksize":1024,'
        b'"BlockHash":"SHA512","FileHash":"MD5","AppVersion":"Triplicati %b"}' % __version__.encode()
    )


def test_it_reads_back() -> None:
    assert decode_manifest(encode_manifest(FORM, 0), "v") == FORM


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_real_one_with_and_without_mark(start: bytes) -> None:
    assert decode_manifest(start + REAL, "v") == FORM


def changed(**fields: object) -> bytes:
    return json.dumps({**json.loads(REAL), **fields}).encode()


def test_other_fields_and_older_versions_are_read() -> None:
    assert decode_manifest(changed(Version=1, More=[{}]), "v") == FORM


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        REAL[:-1],
        REAL + b"x",
        b'{"Version":2,"More":' + b"[" * 100_000,
        b"\xff\xfe" + REAL,
        changed(Version=3),
        changed(Version="2"),
        changed(Encoding="UTF8"),
        changed(BlockHash="sha256"),
        changed(FileHash="SHA-256"),
        changed(Blocksize=0),
        changed(Blocksize=-1024),
        changed(Blocksize=1 << 31),
        changed(Blocksize=1 << 200),
        changed(Blocksize=31),
        changed(Blocksize=63, BlockHash="SHA512"),
    ],
)
def test_what_no_reader_accepts(text: bytes) -> None:
    with pytest.raises(CorruptVolume):
        decode_manifest(text, "v")


@pytest.mark.parametrize(
    "other", [VolumeFormat(1024), VolumeFormat(102400, "SHA512"), VolumeFormat(102400, "SHA256", "MD5")]
)
def test_a_volume_of_another_backup(other: VolumeFormat) -> None:
    check_manifest(REAL, FORM, "v")
    with pytest.raises(CorruptVolume, match="v"):
        check_manifest(REAL, other, "v")
