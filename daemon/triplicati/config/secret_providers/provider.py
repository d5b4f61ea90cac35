"""What a secret provider is, and which one an address names."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

import msgspec

from triplicati.errors import SecretProviderUnusable
from triplicati.values.booleans import parse_boolean
from triplicati.values.secrets import Secret
from triplicati.values.urls import DestinationUrl, parse_url

# The modules of this package by scheme.
PROVIDERS = {
    "env": "environment",
    "file-secret": "file",
    "pass": "password_store",
    "libsecret": "libsecret",
    "keychain": "keychain",
    "wincred": "wincred",
    "command-secret": "command",
    "hcv": "vault",
    "awssm": "aws",
    "azkv": "azure",
    "gcsm": "google",
}
_OF_THE_SYSTEM = {"win32": "wincred", "darwin": "keychain"}
_BARE = re.compile(r"[A-Za-z-]+:")


class Provider(msgspec.Struct, frozen=True):
    """One provider as configured. Its address may hold a token, so only the scheme is ever printed."""

    scheme: str
    url: DestinationUrl
    environment: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Provider({self.scheme})"

    def text(self, *names: str, variable: str = "") -> str:
        """The first of these settings that is not blank, else the environment variable, else ""."""
        found = (self.url.query.get(name, "").strip() for name in names)
        return next(filter(None, found), "") or (self.environment.get(variable, "") if variable else "")

    def needed(self, *names: str, variable: str = "") -> str:
        """As `text`. Raises `SecretProviderUnusable` where there is nothing."""
        found = self.text(*names, variable=variable)
        if not found:
            also = f", or set {variable}" if variable else ""
            raise self.unusable(f"add {names[0]}=... to the address{also}")
        return found

    def boolean(self, name: str) -> bool:
        return name in self.url.query and parse_boolean(self.url.query[name])

    def items(self, *names: str) -> list[str]:
        """The parts of a setting that is separated by commas or semicolons."""
        return [part.strip() for part in re.split("[,;]", self.needed(*names)) if part.strip()]

    def unusable(self, reason: str) -> SecretProviderUnusable:
        return SecretProviderUnusable(reason=f"{self.scheme}:// {reason}", provider=self.scheme)

    def fetch(self, keys: Sequence[str]) -> dict[str, Secret]:
        """What the provider has of the keys; one it does not have is left out.

        Blocks, up to minutes where a person is asked. Raises `SecretProviderError`.
        """
        module = importlib.import_module(f"{__package__}.{PROVIDERS[self.scheme]}")
        return cast("_Module", module).fetch(self, keys)


class _Module(Protocol):
    def fetch(self, provider: Provider, keys: Sequence[str]) -> dict[str, Secret]: ...


def open_provider(address: str, environment: Mapping[str, str]) -> Provider:
    """The provider of an address such as ``pass://``; ``default://`` is the one of the system.

    Raises `SecretProviderUnusable`.
    """
    text = f"{address}//" if _BARE.fullmatch(address) else address
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme == "default":
        scheme = _OF_THE_SYSTEM.get(sys.platform, "libsecret")
        text = scheme + text[len("default") :]
    if scheme not in PROVIDERS:
        raise SecretProviderUnusable(reason=_unknown(scheme), provider=scheme)
    # A file is written like a destination in a local folder: the path with its leading slash.
    url = parse_url("file" + text[len(scheme) :] if scheme == "file-secret" else text)
    return Provider(scheme, url, environment)


def matching(
    found: Mapping[str, object], keys: Sequence[str], *, case_sensitive: bool = False
) -> dict[str, Secret]:
    """The texts of a mapping that the keys name; the very key goes before one in another case."""
    folded: dict[str, object] = {}
    if not case_sensitive:
        for name, value in found.items():
            folded.setdefault(name.lower(), value)
    values = {key: found.get(key, folded.get(key.lower())) for key in keys}
    return {key: Secret(value) for key, value in values.items() if isinstance(value, str)}


def _unknown(scheme: str) -> str:
    known = ", ".join(f"{name}://" for name in (*PROVIDERS, "default"))
    what = f"{scheme}:// is not known" if scheme else "it is no address"
    return f"{what}; there are {known}"
