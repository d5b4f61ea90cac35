import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.formats.blocks import (
    block_count,
    hashes_per_list,
    is_block_name,
    last_block_size,
    list_count,
)
from triplicati.formats.dindex import split_digests
from triplicati.formats.hashes import ALGORITHMS, DIGEST_SIZES, b64, entry_name, hasher, unb64
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.metadata import EMPTY_METADATA

# spec/format.md 14.1
CONTENT = b"A" * 1024 + b"B" * 1024 + b"C" * 952
BLOCKS = [CONTENT[:1024], CONTENT[1024:2048], CONTENT[2048:]]
BLOCK_HASHES = [
    "arcu6553sHVAiX4MjW0j7I7vD4w6R+Gz9Ok0Q9lTa+0=",
    "m2zlXzeel3FVHeaTlVan5rlJgUrifC9c/V2+s3jOfCo=",
    "gz4x0Dr7KJwm8UZ7vhSa3C57HCkz+yZX53jZ0Q1CZj0=",
]


def sha256(data: bytes) -> bytes:
    running = hasher("SHA256")()
    running.update(data)
    return running.digest()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        (EMPTY_METADATA, "qiXpeARtaA74dA2Dfm3lvB4qLcYInb2hASVEtTjVP2U="),
        (b"hello\n", "WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM="),
        (CONTENT, "0awqCt/xfhKQEsH65ASTEdM5XqDPS1qD7/g/PrEout4="),
        *zip(BLOCKS, BLOCK_HASHES, strict=True),
        (b"".join(map(unb64, BLOCK_HASHES)), "3p5QQrgWGHdJmFk+JYikKnOCg93DsG4rVoxGRNuwCos="),
    ],
)
def test_the_vectors_of_the_specification(data: bytes, expected: str) -> None:
    assert b64(sha256(data)) == expected
    assert unb64(expected) == sha256(data)


def test_the_blocklist_of_the_specification() -> None:
    form = VolumeFormat(1024)
    assert block_count(len(CONTENT), 1024) == 3
    assert last_block_size(len(CONTENT), 1024) == 952
    assert list_count(len(CONTENT), form) == 1
    assert [b64(each) for each in split_digests(b"".join(map(sha256, BLOCKS)), 32)] == BLOCK_HASHES


def test_the_name_of_an_entry() -> None:
    assert entry_name(sha256(b"hello\n")) == b"WJG1tSLV3whtD_CxEPvZ0hu0_HFjrzTQgoai6Eb2vgM="


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm(name: str) -> None:
    running = hasher(name)(b"abc")
    assert running.digest() == hashlib.new(name.lower(), b"abc").digest()
    assert running.digest_size == DIGEST_SIZES[name] == len(running.digest())


@pytest.mark.parametrize("name", ["sha256", "SHA-256", "", "CRC32"])
def test_an_unknown_algorithm(name: str) -> None:
    with pytest.raises(InvalidValue, match="SHA256, MD5, SHA1, SHA384, SHA512"):
        hasher(name)


@pytest.mark.parametrize("text", ["a", "ab==c", "ab=", "WJG1_w==", " WJG1", "WJG1\n", "ü===", "====", "A==="])
def test_what_is_no_base64(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller says more
        unb64(text)


@given(st.binary(max_size=64))
def test_both_spellings_read_back(digest: bytes) -> None:
    assert unb64(b64(digest)) == digest
    assert base64.urlsafe_b64decode(entry_name(digest)) == digest


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_names_of_blocks_are_told_from_others(name: str) -> None:
    assert is_block_name(entry_name(hasher(name)(b"").digest()).decode())


@pytest.mark.parametrize(
    "name",
    ["", "manifest", "ab", "abc", "ab+=", "ab/=", "a===", "abcd=", "abc=\n", "vol/abcd", "äbcd", "=abc"],
)
def test_other_entries_are_no_blocks(name: str) -> None:
    assert not is_block_name(name)


@pytest.mark.parametrize(
    ("size", "blocksize", "algorithm", "lists"),
    [
        (0, 1024, "SHA256", 0),
        (1, 1024, "SHA256", 0),
        (1024, 1024, "SHA256", 0),
        (1025, 1024, "SHA256", 1),
        (32 * 1024, 1024, "SHA256", 1),
        (32 * 1024 + 1, 1024, "SHA256", 2),
        # The rest of an odd block stays unused (trap 9): 31 hashes and not 31.97.
        (31 * 1023, 1023, "SHA256", 1),
        (31 * 1023 + 1, 1023, "SHA256", 2),
        (16 * 1024 + 1, 1024, "SHA512", 2),
        (64 * 1024, 1024, "MD5", 1),
        (32 << 30, 1 << 20, "SHA256", 1),
        ((32 << 30) + 1, 1 << 20, "SHA256", 2),
    ],
)
def test_how_many_lists_a_stream_has(size: int, blocksize: int, algorithm: str, lists: int) -> None:
    assert list_count(size, VolumeFormat(blocksize, algorithm)) == lists


@given(st.integers(1, 1 << 40), st.integers(64, 1 << 24))
def test_blocks_make_up_their_stream(size: int, blocksize: int) -> None:
    count, last = block_count(size, blocksize), last_block_size(size, blocksize)
    assert (count - 1) * blocksize + last == size
    assert 0 < last <= blocksize
    assert hashes_per_list(VolumeFormat(blocksize)) * 32 <= blocksize or blocksize < 32
