"""``pass://``: the password store of Unix; ``pass-command`` names another program that works like it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from triplicati.config.secret_providers.programs import refuse_switches, run
from triplicati.config.secret_providers.provider import Provider
from triplicati.errors import SecretProviderError
from triplicati.values.secrets import Secret

_MISSING = "is not in the password store"
_BRANCHES = ("├──", "└──", "|--", "`--")


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    """The whole of an entry counts, as for Duplicati, not its first line alone."""
    refuse_switches(provider, keys)
    found = {key: _show(provider, key) for key in keys}
    return {key: Secret(text) for key, text in found.items() if text is not None}


def _show(provider: Provider, key: str) -> str | None:
    command = shlex.split(provider.text("pass-command")) or ["pass"]
    printed = run(provider, [*command, "show", key], errors_too=True)
    if printed.code == 0:
        return None if _is_folder(printed.out) else printed.out.strip()
    if _MISSING in printed.errors:
        return None
    # Lines of gpg tell what is wrong with a key; other lines could be anything.
    hints = [line for line in printed.errors.splitlines() if line.startswith("gpg:")]
    hint = f" ({hints[-1]})" if hints else ""
    reason = f'"{command[0]} show {key}" ended with exit status {printed.code}{hint}'
    raise SecretProviderError(provider=provider.scheme, reason=reason)


def _is_folder(text: str) -> bool:
    """The program lists a folder instead of failing; its listing must never become a passphrase."""
    lines = text.strip().splitlines()
    return len(lines) > 1 and all(line.lstrip("│ \u00a0").startswith(_BRANCHES) for line in lines[1:])
