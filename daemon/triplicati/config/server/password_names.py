"""Which options hold secrets, also those of destinations that are not built in (spec/server.md 4.7, 7.3)."""

from __future__ import annotations

import re
from functools import lru_cache

from triplicati.options.declarations import OptionType
from triplicati.options.registry import REGISTRY, canonical_name

# For names that nobody declares: better hide a harmless value than show a key.
_LOOKS_SECRET = re.compile(
    r"pass(?:word|phrase|wd)|secret|api-?key|apikey|authid|auth-?id|access-?key(?!-?id)|application-?key"
    r"|private-?key|two-?factor|shared-access|sas-token|(?:^|-)token$|(?:^|-)sas$|^ssh-key$"
    r"|service-account-json|^(?:auth-)?pwd$",
    re.IGNORECASE,
)
# Several of them are separated by semicolons.
_ADDRESSES = frozenset(
    {
        "send-http-url",
        "send-http-form-urls",
        "send-http-json-urls",
        "http-report-status-url",
        "secret-provider",
    }
)
# Whole texts in which several addresses can stand.
_ADDRESSES_INSIDE = frozenset({"remote-sync-json-config"})
_SERVER_SECRETS = frozenset(
    {
        "jwt-config",
        "pbkdf-config",
        "remote-control-config",
        "server-passphrase",
        "server-ssl-certificate",
        "server-ssl-certificate-password",
        "server-ca-certificate-key",
        "server-ca-certificate-password",
        "remote-control-storage-api-key",
        "client-license-key",
    }
)


@lru_cache(maxsize=4096)
def is_password(name: str) -> bool:
    """Whether the values of an option are secret; `name` with or without leading dashes, in any case."""
    plain = canonical_name(name.lstrip("-").lower())
    declared = REGISTRY.get(plain)
    if declared is not None:
        return declared.type is OptionType.PASSWORD or plain in _ADDRESSES_INSIDE
    return _LOOKS_SECRET.search(plain.replace("_", "-")) is not None


def is_address(name: str) -> bool:
    """Whether the values of an option are addresses, which can have a password or a token in them."""
    return canonical_name(name.lstrip("-").lower()) in _ADDRESSES


def holds_secrets(name: str) -> bool:
    """Whether the values of an option are kept encrypted."""
    return is_password(name) or is_address(name)


def is_secret_setting(name: str) -> bool:
    """Whether a setting of the server itself is kept encrypted."""
    return name in _SERVER_SECRETS
