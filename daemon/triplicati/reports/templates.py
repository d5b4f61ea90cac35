"""Texts with ``%NAME%`` in them, for subjects, bodies and addresses of reports (spec/cli.md 5.3).

Unlike real Duplicati, the value of an option that holds a secret comes out as stars.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from triplicati.options.declarations import OptionType
from triplicati.options.registry import REGISTRY
from triplicati.values.secrets import STARS

_NAME = re.compile(r"%([A-Za-z0-9_.-]+)%")
# Parts of an absolute path, of either kind of system, up to what cannot be one any more.
_PATH = re.compile(
    r"(?<![\w/\\.:])(?:/[^\s/:;,'\"<>|%]+(?:/[^\n:;,'\"<>|%]*)?|[A-Za-z]:\\[^\n:;,'\"<>|%]*|\\\\[^\n:;,'\"<>|%]+)"
)
REDACTED = "-redacted-"


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with every ``%NAME%`` replaced, whatever its case; unknown names become empty.

    `values` have lower-case names. What is filled in is not looked at again.
    """
    return _NAME.sub(lambda match: values.get(match[1].lower(), ""), text)


def option_values(options: Mapping[str, str | None]) -> dict[str, str]:
    """Every option by its name, secrets as stars."""
    return {
        name.lower(): STARS if _is_secret(name, value) else value or "" for name, value in options.items()
    }


def redacted(text: str) -> str:
    """`text` without paths of this machine."""
    return _PATH.sub(REDACTED, text)


def _is_secret(name: str, value: str | None) -> bool:
    option = REGISTRY.get(name)
    if option is None or not value:
        return False
    return option.type is OptionType.PASSWORD
