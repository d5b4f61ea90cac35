"""Single values kept encrypted: ``enc-v1:`` (spec/server.md 7.4).

Such a value is the prefix, the SHA-256 of the cipher's hex digits, the SHA-256 of the key, and the cipher, an
AES Crypt stream, as hex digits; all in capitals.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import msgspec

from triplicati.errors import CorruptVolume, SettingsKeyInvalid, WrongPassphrase, WrongSettingsKey
from triplicati.formats import aescrypt
from triplicati.values.secrets import Secret

PREFIX = "enc-v1:"
_DIGEST = 64
_SHORTEST_KEY = 8
# A key derivation takes milliseconds, and every list of backups needs all addresses.
_REMEMBERED = 8192
# Duplicati derived these on every machine without an identity.
_KNOWN_TO_ALL = frozenset(
    {
        "ECB47E9D8445E0A3F30A1435BE075C101F202FF5445BA01A9F9A8DBD4506F5F3",
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
    }
)


class SettingsKey(msgspec.Struct, frozen=True):
    """The key of all encrypted values of a database; `source` tells a user where it was taken from."""

    secret: Secret
    source: str

    @property
    def digest(self) -> str:
        """How a value tells which key it needs."""
        return _digest(self.secret.reveal().encode())


def checked_key(text: str, source: str) -> SettingsKey:
    """Raises `SettingsKeyInvalid` for a key that protects nothing."""
    if len(text) < _SHORTEST_KEY:
        reason = f"it must have at least {_SHORTEST_KEY} characters"
        raise SettingsKeyInvalid(source=source, reason=reason)
    if len(set(text)) == 1:
        raise SettingsKeyInvalid(source=source, reason="it is one character again and again")
    if text.upper() in _KNOWN_TO_ALL:
        raise SettingsKeyInvalid(source=source, reason="many machines have the same one")
    return SettingsKey(Secret(text), source)


class FieldCipher:
    """Reads what any of `keys` wrote; writes with `key`, in clear where that is None.

    Used in one thread at a time. Values once read or written are remembered in clear.
    """

    def __init__(self, key: SettingsKey | None, older: Sequence[SettingsKey] = ()) -> None:
        self.key = key
        self._keys = {each.digest: each for each in (*older, *([key] if key else []))}
        self._plain: dict[str, str] = {}

    def decrypted(self, text: str, where: object) -> str:
        """What has no prefix, or is damaged, is taken as it stands.

        Raises `WrongSettingsKey` with `where`, the place of the value, when no key fits.
        """
        if (known := self._plain.get(text)) is not None:
            return known
        digest = key_digest(text)
        if digest is None:
            return text
        key = self._keys.get(digest)
        if key is None:
            raise WrongSettingsKey(path=where, source=self._sources())
        plain = _decrypt(text[len(PREFIX) + 2 * _DIGEST :], key.secret.reveal(), where)
        self._remember(text, plain)
        return plain

    def encrypted(self, text: str) -> str:
        """An empty text stays empty: there is nothing to hide, and other programs look for it."""
        if self.key is None or not text:
            return text
        stored = encrypt_field(text, self.key)
        self._remember(stored, text)
        return stored

    def is_current(self, stored: str) -> bool:
        """Whether a stored value looks as `encrypted` would store it; a damaged one is not touched."""
        digest = key_digest(stored)
        if digest is None:
            return self.key is None or not stored or stored.startswith(PREFIX)
        return self.key is not None and digest == self.key.digest

    def _remember(self, stored: str, plain: str) -> None:
        if len(self._plain) >= _REMEMBERED:
            del self._plain[next(iter(self._plain))]
        self._plain[stored] = plain

    def _sources(self) -> str:
        return " or ".join(dict.fromkeys(each.source for each in self._keys.values())) or "no source at all"


def encrypt_field(text: str, key: SettingsKey, *, randoms: bytes | None = None) -> str:
    """The stored form; `randoms` as for `AesEncryptor`, for tests only."""
    out = io.BytesIO()
    encryptor = aescrypt.AesEncryptor(out.write, key.secret.reveal(), randoms=randoms, extensions=False)
    encryptor.update(text.encode("utf-8", "surrogateescape"))
    encryptor.close()
    cipher = out.getvalue().hex().upper()
    return f"{PREFIX}{_digest(cipher.encode())}{key.digest}{cipher}"


def key_digest(stored: str) -> str | None:
    """Which key a value needs; None for what is no encrypted value, or is a damaged one."""
    if not stored.startswith(PREFIX) or len(stored) <= len(PREFIX) + 2 * _DIGEST:
        return None
    start = len(PREFIX)
    checksum, digest = stored[start : start + _DIGEST], stored[start + _DIGEST : start + 2 * _DIGEST]
    cipher = stored[start + 2 * _DIGEST :]
    return digest if _digest(cipher.encode("utf-8", "surrogateescape")) == checksum else None


def _decrypt(digits: str, passphrase: str, where: object) -> str:
    out = io.BytesIO()
    try:
        cipher = bytes.fromhex(digits)
        aescrypt.decrypt(io.BytesIO(cipher), out.write, passphrase, "setting", length=len(cipher))
        return out.getvalue().decode("utf-8", "surrogateescape")
    except (CorruptVolume, WrongPassphrase, ValueError) as error:
        reason = error.details.get("reason", "") if isinstance(error, CorruptVolume) else "its key is wrong"
        raise SettingsKeyInvalid(
            source=f"the database {where}", reason=f"an encrypted value in it cannot be read: {reason}"
        ) from None


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest().upper()
