"""``command-secret://?command=...``: any program that prints a secret. Triplicati's own.

The command is taken apart as a shell would, without running one; the key is its last argument. What it
prints, without the line end, is the secret; exit status 0 with nothing printed means that there is none.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from triplicati.config.secret_providers.programs import refuse_switches, run
from triplicati.config.secret_providers.provider import Provider
from triplicati.errors import SecretProviderError
from triplicati.values.secrets import Secret


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    try:
        command = shlex.split(provider.needed("command"))
    except ValueError:
        raise provider.unusable("the command has a quote without an end") from None
    refuse_switches(provider, keys)
    return {key: Secret(_printed(provider, command, key)) for key in keys}


def _printed(provider: Provider, command: list[str], key: str) -> str:
    printed = run(provider, [*command, key])
    if printed.code != 0:
        reason = f'the command ended with exit status {printed.code} for the key "{key}"'
        raise SecretProviderError(provider=provider.scheme, reason=reason)
    return printed.out.removesuffix("\n").removesuffix("\r")
