"""``wincred://``: the credential manager of Windows. The name of a generic credential is its key."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from triplicati.config.secret_providers.provider import Provider
from triplicati.errors import SecretProviderError, SecretProviderExtraMissing
from triplicati.values.secrets import Secret


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    if sys.platform != "win32":
        raise provider.unusable("works on Windows only")
    try:
        from keyring.backends.Windows import WinVaultKeyring  # noqa: PLC0415 - an extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        raise SecretProviderExtraMissing(
            provider=provider.scheme, package="keyring", extra="secrets"
        ) from None
    vault = WinVaultKeyring()
    try:
        found = {key: vault.get_credential(key, None) for key in keys}
    except KeyringError as error:
        reason = f"the credential manager cannot be read ({type(error).__name__})"
        raise SecretProviderError(provider=provider.scheme, reason=reason) from None
    return {key: Secret(each.password) for key, each in found.items() if each is not None}
