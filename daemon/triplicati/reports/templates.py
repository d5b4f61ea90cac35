"""Texts with ``%NAME%`` in them, for subjects, bodies and addresses of reports (spec/cli.md 5.3).

Unlike in real Duplicati the value of an option that holds a secret comes out as stars, and so does one that
holds an address, which may have a password in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from triplicati.errors import InvalidValue

_NAME = re.compile(r"%([A-Za-z0-9_.-]+)%")


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with every ``%NAME%`` replaced, whatever its case; unknown names become empty.

    `values` have lower-case names. What is filled in is not looked at again.
    """
    return _NAME.sub(lambda match: values.get(match[1].lower(), ""), text)


def extra_parameters(text: str) -> dict[str, str]:
    """Of a JSON object or a query string. Raises `InvalidValue`."""
    text = text.strip()
    if not text.startswith("{"):
        return dict(parse_qsl(text.removeprefix("?"), keep_blank_values=True))
    try:
        found = msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise InvalidValue(
            value=text[:20] + " ...",
            kind="list of extra parameters",
            reason="it starts like a JSON object but is none",
        ) from None
    return {name: _text(value) for name, value in found.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
