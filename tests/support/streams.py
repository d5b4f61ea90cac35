"""Encrypted streams for tests, in memory."""

from __future__ import annotations

import io

import pytest

from triplicati.errors import TriplicatiError
from triplicati.formats.aescrypt import AesEncryptor, decrypt, decrypt_into


def encrypted(plain: bytes, passphrase: str, step: int = 1 << 20) -> bytes:
    """The same bytes each time but for the date in the header."""
    out = io.BytesIO()
    encryptor = AesEncryptor(out.write, passphrase, randoms=bytes(range(64)))
    for start in range(0, len(plain), step):
        encryptor.update(plain[start : start + step])
    encryptor.close()
    return out.getvalue()


def decrypted(stream: bytes, passphrase: str, length: int | None = None) -> bytes:
    """In both ways, which must agree, in errors too."""
    length = len(stream) if length is None else length
    buffer = bytearray(b"left from the volume before")
    out = io.BytesIO()
    try:
        decrypt(io.BytesIO(stream), out.write, passphrase, "v", length=length)
    except TriplicatiError as error:
        with pytest.raises(type(error)):
            decrypt_into(buffer, io.BytesIO(stream), passphrase, "v", length=length)
        raise
    size = decrypt_into(buffer, io.BytesIO(stream), passphrase, "v", length=length)
    assert buffer[:size] == out.getvalue()
    return out.getvalue()
