import pytest

from triplicati.errors import CorruptVolume
from triplicati.formats.dindex import (
    IndexedBlock,
    VolumeDescription,
    decode_volume,
    encode_volume,
    split_digests,
)

TEXT = (
    b'{"blocks":[{"hash":"AQI=","size":1024},{"hash":"AwQ=","size":7}],"volumehash":"Bw==","volumesize":99}'
)


def test_a_description_to_the_byte() -> None:
    assert encode_volume(b"\x01\x02\x03\x04", 2, [1024, 7], b"\x07", 99) == TEXT
    assert encode_volume(b"", 32, [], b"", 0) == b'{"blocks":[],"volumehash":"","volumesize":0}'


def test_it_reads_back() -> None:
    blocks = [IndexedBlock("AQI=", 1024), IndexedBlock("AwQ=", 7)]
    assert decode_volume(TEXT, "v") == VolumeDescription(blocks, "Bw==", 99)


def test_sizes_that_do_not_fit_their_digests_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zip"):
        encode_volume(b"\x01\x02\x03\x04", 2, [1024], b"\x07", 99)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"blocks":[]}', VolumeDescription([])),
        (b'\xef\xbb\xbf{"blocks":[]}', VolumeDescription([])),
        (b'{"blocks":[],"volumehash":null,"volumesize":null}', VolumeDescription([])),
        (
            b'{"blocks":[{"hash":"AA==","size":1,"more":{}}],"volumehash":"AA==","volumesize":-1,"more":[]}',
            VolumeDescription([IndexedBlock("AA==", 1)], "AA==", -1),
        ),
    ],
)
def test_other_forms(text: bytes, expected: VolumeDescription) -> None:
    assert decode_volume(text, "v") == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        TEXT[:-1],
        TEXT + b"}",
        b'{"blocks":{}}',
        b'{"blocks":[{"hash":"AA=="}]}',
        b'{"blocks":[{"size":1}]}',
        b'{"blocks":[{"hash":null,"size":1}]}',
        b'{"blocks":[{"hash":"AA==","size":"1"}]}',
        b'{"blocks":[{"hash":"AA==","size":9223372036854775808}]}',
        b'{"blocks":[{"hash":"\xff","size":1}]}',
        b'{"blocks":[],"volumesize":99999999999999999999}',
        b'{"blocks":[],"more":' + b"[" * 100_000,
    ],
)
def test_damaged_descriptions(text: bytes) -> None:
    with pytest.raises(CorruptVolume):
        decode_volume(text, "v")


def test_digests_of_a_blocklist() -> None:
    assert list(split_digests(b"aabbcc", 2)) == [b"aa", b"bb", b"cc"]
    assert list(split_digests(b"", 2)) == []
