"""Secrets kept on disk for a time when their provider cannot be reached.

The file ``secret-cache-<hash>.json.aes`` in the temp folder is an AES Crypt file for its owner alone. Both
its passphrase and the hash in its name are derived with scrypt from the address of the provider, which is
kept nowhere: whoever has a token for the provider can read the file. An address without any secret in it,
such as ``env://``, protects the file by its mode only; any setting added to it, such as ``&salt=...``, makes
the passphrase stronger. The two are derived apart, so that the name tells nothing of the passphrase.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from triplicati.config.secret_providers.file import decrypted
from triplicati.engine.temporary import prefix
from triplicati.errors import SecretProviderError
from triplicati.values.secrets import Secret

_SALT = b"triplicati secret cache 1"
_LARGEST = 16 * 1024**2


def read_cache(address: str, tempdir: str | None = None) -> dict[str, Secret]:
    """What is kept for that provider; nothing where the file is missing, damaged, or not ours alone."""
    path, passphrase = _place(address, tempdir)
    try:
        # Anybody may have put a link into the temp folder.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(handle, "rb") as file:
            if not _is_private(os.fstat(handle)):
                return {}
            content = file.read(_LARGEST)
        text = decrypted(content, passphrase, "cache", path)
        return {key: Secret(each) for key, each in msgspec.json.decode(text, type=dict[str, str]).items()}
    except (OSError, SecretProviderError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def write_cache(address: str, found: Mapping[str, Secret], tempdir: str | None = None) -> bool:
    """Adds secrets to what is kept for that provider. Whether that went well."""
    from triplicati.formats import aescrypt  # noqa: PLC0415 - slow to import, seldom needed

    whole = {**read_cache(address, tempdir), **found}
    path, passphrase = _place(address, tempdir)
    out = io.BytesIO()
    encryptor = aescrypt.AesEncryptor(out.write, passphrase)
    encryptor.update(msgspec.json.encode({key: secret.reveal() for key, secret in whole.items()}))
    encryptor.close()
    new = None
    try:
        # Made for its owner alone, under a name that the next run cleans up should this one be killed.
        handle, new = tempfile.mkstemp(prefix=prefix(), dir=path.parent)
        with open(handle, "wb") as file:
            file.write(out.getvalue())
        os.replace(new, path)
    except OSError:
        if new is not None:
            with contextlib.suppress(OSError):
                os.unlink(new)
        return False
    return True


def _place(address: str, tempdir: str | None) -> tuple[Path, str]:
    """The file for a provider, and its passphrase."""
    key = hashlib.scrypt(address.encode("utf-8", "surrogateescape"), salt=_SALT, n=2**14, r=8, p=1, dklen=48)
    name = f"secret-cache-{key[32:].hex()}.json.aes"
    return Path(tempdir or tempfile.gettempdir()) / name, base64.b64encode(key[:32]).decode()


def _is_private(status: os.stat_result) -> bool:
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not stat.S_IMODE(status.st_mode) & 0o077
