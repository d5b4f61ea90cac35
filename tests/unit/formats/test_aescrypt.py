import contextlib
import functools
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import streams
from support.remote_volumes import decrypt_aes

from triplicati.errors import CorruptVolume, TriplicatiError, WrongPassphrase
from triplicati.formats import aescrypt
from triplicati.formats.aescrypt import SMALLEST, AesEncryptor, derive_key

PASSPHRASE = "påss €"
SIZES = (0, 1, 15, 16, 17, 31, 32, 100_000, 196_608)
# spec/format.md 14.1
VECTOR = bytes.fromhex(
    "41455302000000000102030405060708090a0b0c0d0e0f"
    "57bac9c4349e6a949adfce85ab24113e5171ca96b33aa364a841d34cda29e5dfc980e062858954eed26f8bf274595166"
    "f63c52b8a5d05301f60306f433d2a3d7c3e8df9cead6f8be25dad072fbbfc1dc"
    "081de71afc60d5908b436adca1cf0e11"
    "05"
    "e309e98ed622fb89f0c6e74634a2deef139277b2b911b3e93c03a12668948f58"
)


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files with the same first vector need its key only once."""
    monkeypatch.setattr(aescrypt, "derive_key", functools.cache(derive_key))


def encrypted(plain: bytes, passphrase: str = PASSPHRASE, step: int = 1 << 20) -> bytes:
    return streams.encrypted(plain, passphrase, step)


def decrypted(stream: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return streams.decrypted(stream, passphrase)


def without_extensions(stream: bytes) -> bytes:
    at = 5
    while length := int.from_bytes(stream[at : at + 2], "big"):
        at += 2 + length
    return stream[:5] + stream[at:]


def test_the_key_and_the_file_of_the_specification() -> None:
    assert derive_key(bytes(range(16)), PASSPHRASE).hex() == (
        "b70f2047089e55993e612e230a7266aafb892e37f97a8e3e1cedd2aa412adb3a"
    )
    assert decrypted(VECTOR) == b"hello"
    assert without_extensions(encrypted(b"hello")) == VECTOR


def test_the_smallest_file() -> None:
    smallest = without_extensions(encrypted(b""))
    assert len(smallest) == SMALLEST
    assert decrypted(smallest) == b""


@pytest.mark.parametrize("size", SIZES)
def test_every_size_comes_back_and_another_reader_agrees(size: int) -> None:
    plain = bytes(range(256)) * (size // 256 + 1)
    plain = plain[:size]
    stream = encrypted(plain)
    assert decrypted(stream) == plain
    assert decrypt_aes(stream, PASSPHRASE) == plain


@pytest.mark.parametrize("step", [1, 7, 16, 33, 4096])
def test_parts_give_the_same_stream_as_the_whole(step: int) -> None:
    plain = random.Random(1).randbytes(5000)
    assert encrypted(plain, step=step)[-5000:] == encrypted(plain)[-5000:]


def test_two_streams_of_the_same_content_differ() -> None:
    different = []
    for _ in range(2):
        out = io.BytesIO()
        encryptor = AesEncryptor(out.write, PASSPHRASE)
        encryptor.update(b"the same")
        encryptor.close()
        different.append(out.getvalue())
    assert different[0] != different[1]
    assert [decrypted(stream) for stream in different] == [b"the same", b"the same"]


@pytest.mark.parametrize("passphrase", ["", "påss", "påss € ", "PÅSS €"])
def test_a_wrong_passphrase(passphrase: str) -> None:
    with pytest.raises(WrongPassphrase):
        decrypted(VECTOR, passphrase)


def test_a_passphrase_with_a_lone_surrogate_is_a_passphrase() -> None:
    assert decrypted(encrypted(b"x", "a\ud800"), "a\ud800") == b"x"


@pytest.mark.usefixtures("quick_keys")
def test_every_flipped_bit_of_a_file_without_extensions_is_noticed() -> None:
    for bit in range(len(VECTOR) * 8):
        flipped = bytearray(VECTOR)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((CorruptVolume, WrongPassphrase)):
            decrypted(bytes(flipped))


@pytest.mark.usefixtures("quick_keys")
def test_a_flipped_bit_of_the_extensions_is_noticed_or_changes_nothing() -> None:
    stream = encrypted(b"hello")
    for bit in range(len(stream.removesuffix(VECTOR[7:])) * 8):
        flipped = bytearray(stream)
        flipped[bit // 8] ^= 1 << bit % 8
        with contextlib.suppress(TriplicatiError):
            assert decrypted(bytes(flipped)) == b"hello"


@pytest.mark.usefixtures("quick_keys")
def test_every_cut_is_noticed() -> None:
    stream = encrypted(bytes(40))
    for end in range(len(stream)):
        with pytest.raises(TriplicatiError):
            decrypted(stream[:end])


def test_something_behind_the_end_is_noticed() -> None:
    for size in (1, 16, 32):
        with pytest.raises(CorruptVolume):
            decrypted(VECTOR + bytes(size))


@pytest.mark.parametrize(
    "extensions", [b"", b"\x00\x04a\x00bc", b"\xff\xff" + bytes(0xFFFF) + b"\x00\x01\x00"]
)
def test_extensions_of_other_programs_are_passed_over(extensions: bytes) -> None:
    assert decrypted(VECTOR[:5] + extensions + VECTOR[5:]) == b"hello"


@pytest.mark.parametrize("start", [b"AES\x03\x00", b"AES\x01\x00", b"AES\x00\x00", b"PK\x03\x04\x00", b""])
def test_other_versions_and_other_files_are_refused(start: bytes) -> None:
    with pytest.raises(CorruptVolume):
        decrypted(start + VECTOR[5:])


def test_padding_of_other_programs_is_accepted() -> None:
    """Some pad with zeros; their files hold good backups."""
    body = b"hello".ljust(16, b"\x00")
    stream = bytearray(encrypted(body))
    stream[-33] = 5
    assert decrypted(bytes(stream)) == b"hello"


@settings(max_examples=50)
@given(st.binary(max_size=300), st.lists(st.integers(1, 60), max_size=10))
def test_any_content_in_any_parts(plain: bytes, cuts: list[int]) -> None:
    out = io.BytesIO()
    encryptor = AesEncryptor(out.write, "p")
    at = 0
    for cut in cuts:
        encryptor.update(plain[at : at + cut])
        at += cut
    encryptor.update(plain[at:])
    encryptor.close()
    assert decrypted(out.getvalue(), "p") == plain
