"""``file-secret:///path?passphrase=...``: a JSON object of texts, plain or as an AES Crypt file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import msgspec

from triplicati.config.secret_providers.provider import Provider, matching
from triplicati.errors import (
    CorruptVolume,
    SecretProviderError,
    SecretProviderUnusable,
    WrongPassphrase,
)
from triplicati.values.secrets import Secret

_LARGEST = 16 * 1024**2


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    path = Path(provider.url.path).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST)
    except OSError as error:
        raise _failed(provider, f"{path}: {error.strerror}") from None
    if content.startswith(b"AES"):
        content = decrypted(content, provider.needed("passphrase"), provider.scheme, path)
    elif provider.text("passphrase"):
        raise _failed(provider, f"{path} is not encrypted, though a passphrase was given for it")
    try:
        found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _failed(provider, f'{path} is no JSON object such as {{"key": "secret"}}') from None
    return matching(found, keys)


def decrypted(content: bytes, passphrase: str, scheme: str, path: Path) -> bytes:
    """The plain text of an AES Crypt file. Raises `SecretProviderError`."""
    from triplicati.formats import aescrypt  # noqa: PLC0415 - slow to import, and most files are plain

    out = io.BytesIO()
    try:
        aescrypt.decrypt(io.BytesIO(content), out.write, passphrase, path.name, length=len(content))
    except WrongPassphrase:
        reason = f"{scheme}:// was given a passphrase that does not fit {path}"
        raise SecretProviderUnusable(provider=scheme, reason=reason) from None
    except CorruptVolume as error:
        raise SecretProviderError(provider=scheme, reason=f"{path}: {error.details['reason']}") from None
    return out.getvalue()


def _failed(provider: Provider, reason: str) -> SecretProviderError:
    return SecretProviderError(provider=provider.scheme, reason=reason)
