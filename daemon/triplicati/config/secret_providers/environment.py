"""``env://``: secrets in environment variables, whatever the case of their names."""

from __future__ import annotations

from collections.abc import Sequence

from triplicati.config.secret_providers.provider import Provider, matching
from triplicati.values.secrets import Secret


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    return matching(provider.environment, keys)
