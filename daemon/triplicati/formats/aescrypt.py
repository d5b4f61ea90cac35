"""AES Crypt streams, version 2 (spec/format.md 7.1), incremental in both directions."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from triplicati.errors import CorruptVolume, WrongPassphrase

_ROUNDS = 8192
_TRAILER = 33  # one byte of length modulo 16, then the HMAC of the body
_CHUNK = 1 << 20
SMALLEST = 136


def derive_key(iv: bytes, passphrase: str) -> bytes:
    """K1: 8192 rounds of SHA-256 over the running digest and the passphrase as UTF-16LE."""
    secret = passphrase.encode("utf-16-le", "surrogatepass")
    digest = iv + bytes(16)
    sha256 = hashlib.sha256
    for _ in range(_ROUNDS):
        digest = sha256(digest + secret).digest()
    return digest


class AesEncryptor:
    """Feeds `write` with the stream for what `update` gets. Nothing of the plain text is kept."""

    def __init__(
        self,
        write: Callable[[bytes | memoryview], object],
        passphrase: str,
        *,
        randoms: bytes | None = None,
        extensions: bool = True,
    ) -> None:
        """`randoms` (64 bytes: IV1, IV2, K2) makes the output repeatable, for tests only. `extensions` tell
        which program wrote the stream, and when."""
        randoms = randoms or secrets.token_bytes(64)
        iv1, iv2, key2 = randoms[:16], randoms[16:32], randoms[32:]
        key1 = derive_key(iv1, passphrase)
        wrap = Cipher(algorithms.AES(key1), modes.CBC(iv1)).encryptor()
        wrapped = wrap.update(iv2 + key2) + wrap.finalize()
        self._write = write
        self._key, self._iv, self._header = key2, iv2, 0
        self._cipher = Cipher(algorithms.AES(key2), modes.CBC(iv2)).encryptor()
        self._mac = hmac.new(key2, digestmod="sha256")
        self._length = 0
        self._out = bytearray(_CHUNK + 64)
        start = b"AES\x02\x00" + (_extensions() if extensions else b"\x00\x00")
        header = start + iv1 + wrapped + hmac.digest(key1, wrapped, "sha256")
        self._header = len(header)
        write(header)

    def update(self, data: bytes) -> None:
        """What `write` gets is only valid during its call: the memory is used again, for fresh memory
        costs as much as the encryption."""
        self._length += len(data)
        if len(self._out) < len(data) + 16:
            self._out = bytearray(len(data) + 16)
        # The cipher itself holds back what does not fill a block.
        size = self._cipher.update_into(data, self._out)
        with memoryview(self._out) as out:
            self._mac.update(out[:size])
            self._write(out[:size])

    def read_back(self, stream: IO[bytes], offset: int, size: int) -> bytes:
        """A piece of the plain text from the finished stream, without decrypting what stands before it."""
        start = offset & ~15
        stream.seek(self._header + max(0, start - 16))
        iv = stream.read(16) if start else self._iv
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(iv)).decryptor()
        plain = cipher.update(stream.read((offset - start + size + 15) & ~15))
        return plain[offset - start : offset - start + size]

    def close(self) -> None:
        modulo = self._length % 16
        if modulo:
            # Duplicati's reader checks that every padding byte has the value of their count.
            missing = 16 - modulo
            self.update(bytes([missing]) * missing)
        self._write(bytes([modulo]) + self._mac.digest())


def decrypt(
    source: IO[bytes], write: Callable[[bytes], object], passphrase: str, volume: str, *, length: int
) -> None:
    """Writes the plain text of a stream of `length` bytes.

    Raises `WrongPassphrase`, or `CorruptVolume`, possibly after much was written: the HMAC stands at the end,
    so the caller must not use what was written before this returns.
    """
    cipher, mac, left = _open_stream(source, passphrase, volume, length)
    held = b""
    while left:
        part = _exactly(source, min(left, _CHUNK), volume)
        left -= len(part)
        mac.update(part)
        if held:
            write(held)
        held = cipher.update(part)
    write(_without_padding(held, _authentic_modulo(source, mac, volume), volume))


def decrypt_unproven(
    source: IO[bytes], write: Callable[[bytes], object], passphrase: str, volume: str
) -> None:
    """Writes what a damaged stream still gives, without proof that any of it is what was encrypted: each
    piece must be checked by a hash of its own. Some noise follows the plain text.

    Raises `WrongPassphrase`, and `CorruptVolume` where its head is not all there.
    """
    cipher, _, _ = _open_stream(source, passphrase, volume, None)
    while part := source.read(_CHUNK):
        write(cipher.update(part[: len(part) & ~15]))


def decrypt_into(buffer: bytearray, source: IO[bytes], passphrase: str, volume: str, *, length: int) -> int:
    """As `decrypt`, into memory that the caller keeps for the next volume; gives the size of the plain text.

    `buffer` grows as needed: fresh memory costs more than the decryption.
    """
    cipher, mac, left = _open_stream(source, passphrase, volume, length)
    if len(buffer) < left + 16:
        buffer.extend(bytes(left + 16 - len(buffer)))
    part = memoryview(bytearray(min(left, _CHUNK)))
    at = 0
    with memoryview(buffer) as out:
        while left:
            part = part[: min(left, len(part))]
            if source.readinto(part) != len(part):  # type: ignore[attr-defined]  # every binary file has it
                raise CorruptVolume(name=volume, reason="it is cut short")
            left -= len(part)
            mac.update(part)
            at += cipher.update_into(part, out[at:])
        modulo = _authentic_modulo(source, mac, volume)
        last = bytes(out[max(0, at - 16) : at])
    return at - len(last) + len(_without_padding(last, modulo, volume))


def _open_stream(
    source: IO[bytes], passphrase: str, volume: str, length: int | None
) -> tuple[CipherContext, hmac.HMAC, int]:
    """Reads up to the body: its cipher, its authentication code and its size, which is not checked where no
    `length` is given. Raises `WrongPassphrase`."""
    header = _read_header(source, volume)
    iv1, wrapped, mac1 = (_exactly(source, size, volume) for size in (16, 48, 32))
    key1 = derive_key(iv1, passphrase)
    if not hmac.compare_digest(hmac.digest(key1, wrapped, "sha256"), mac1):
        raise WrongPassphrase(name=volume)
    unwrap = Cipher(algorithms.AES(key1), modes.CBC(iv1)).decryptor()
    inner = unwrap.update(wrapped) + unwrap.finalize()
    body = 0 if length is None else length - header - 96 - _TRAILER
    if body < 0 or body % 16:
        raise CorruptVolume(name=volume, reason="it is cut short")
    cipher = Cipher(algorithms.AES(inner[16:]), modes.CBC(inner[:16])).decryptor()
    return cipher, hmac.new(inner[16:], digestmod="sha256"), body


def _authentic_modulo(source: IO[bytes], mac: hmac.HMAC, volume: str) -> int:
    trailer = _exactly(source, _TRAILER, volume)
    if not hmac.compare_digest(mac.digest(), trailer[1:]):
        raise CorruptVolume(
            name=volume, reason="it was altered or damaged (its authentication code is wrong)"
        )
    return trailer[0]


def _without_padding(last: bytes, modulo: int, volume: str) -> bytes:
    """The authentication code does not cover `modulo`; the padding tells whether it was altered.

    Other programs pad with zeros or random bytes, so only padding that spells another count is refused.
    """
    if modulo == 0:
        return last
    missing = 16 - modulo
    count = last[-1] if last else 0
    contradicts = 0 < count < 16 and count != missing and last.endswith(bytes([count]) * count)
    if not last or modulo > 15 or contradicts:
        raise CorruptVolume(name=volume, reason="its last block is damaged")
    return last[:-missing]


def _extensions() -> bytes:
    """The records other AES Crypt programs write, and the customary empty container."""
    now = datetime.now(UTC)
    records = (
        b"CREATED_BY\x00Triplicati",
        b"CREATED_DATE\x00" + now.strftime("%Y-%m-%d").encode(),
        b"CREATED_TIME\x00" + now.strftime("%I-%M-%S").encode(),
        bytes(128),
    )
    return b"".join(len(r).to_bytes(2, "big") + r for r in records) + b"\x00\x00"


def _read_header(source: IO[bytes], volume: str) -> int:
    """Reads up to IV1; gives the number of bytes read."""
    start = source.read(5)
    if start[:3] != b"AES" or len(start) != 5:
        raise CorruptVolume(name=volume, reason="it is no AES Crypt file")
    if start[3] != 2 or start[4] != 0:
        raise CorruptVolume(
            name=volume, reason=f"it has AES Crypt version {start[3]}; only version 2 can be read"
        )
    read = 5
    while True:
        length = int.from_bytes(_exactly(source, 2, volume), "big")
        read += 2
        if length == 0:
            return read
        _exactly(source, length, volume)
        read += length


def _exactly(source: IO[bytes], size: int, volume: str) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise CorruptVolume(name=volume, reason="it is cut short")
    return data
