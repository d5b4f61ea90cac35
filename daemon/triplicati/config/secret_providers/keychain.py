"""``keychain://?service=&account=&type=``: the keychain of macOS. The label of an entry is its key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from triplicati.config.secret_providers.programs import refuse_switches, run
from triplicati.config.secret_providers.provider import Provider
from triplicati.errors import SecretProviderError
from triplicati.values.secrets import Secret

_SERVICE, _ACCOUNT = "com.duplicati.secrets", "Duplicati"
_NOT_FOUND = 44
_HEX = re.compile(r"^password: 0x([0-9A-Fa-f]*)", re.MULTILINE)
_PLAIN = re.compile(r'^password: "(.*)"$', re.MULTILINE)


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    """Looks where Duplicati stores its entries; where neither service nor account was given, under the
    label alone too."""
    refuse_switches(provider, keys)
    service, account = provider.text("service"), provider.text("account")
    searches = [["-s", service or _SERVICE, "-a", account or _ACCOUNT]]
    if not service and not account:
        searches.append([])
    internet = provider.text("type").lower() == "internet"
    found = {key: _find(provider, key, searches, "internet" if internet else "generic") for key in keys}
    return {key: Secret(text) for key, text in found.items() if text is not None}


def _find(provider: Provider, key: str, searches: list[list[str]], kind: str) -> str | None:
    for narrow in searches:
        # Not "-w": that prints a password with other than plain letters as hex digits, without saying so.
        words = ["security", f"find-{kind}-password", "-g", "-l", key, *narrow]
        printed = run(provider, words, errors_too=True)
        if printed.code == 0:
            return password_in(printed.errors)
        if printed.code != _NOT_FOUND:
            reason = f'"security" ended with exit status {printed.code} for the key "{key}"'
            raise SecretProviderError(provider=provider.scheme, reason=reason)
    return None


def password_in(text: str) -> str | None:
    """What "security -g" says about a password: a text in quotes, or its bytes in hex."""
    if match := _HEX.search(text):
        return bytes.fromhex(match[1]).decode("utf-8", "surrogateescape")
    match = _PLAIN.search(text)
    return match[1] if match else None
