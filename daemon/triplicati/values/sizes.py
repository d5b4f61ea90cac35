"""Sizes in bytes, as options give them and as results print them."""

from __future__ import annotations

import re

from triplicati.errors import InvalidValue

_SIZE = re.compile(r"([+-]?)([0-9]{1,19}) *([a-z]*)", re.IGNORECASE)
_POWERS = {"b": 0, "kb": 1, "kib": 1, "mb": 2, "mib": 2, "gb": 3, "gib": 3, "tb": 4, "tib": 4}
_LARGEST = 2**63 - 1


def parse_size(text: str, unit: str = "b") -> int:
    """Bytes meant by `text`, such as ``10``, ``50mb`` or ``1 GiB``; `unit` is what a bare number means.

    All units are powers of 1024; empty is 0. Raises `InvalidValue` for fractions, separators and unknown
    units (spec/cli.md 3.1).
    """
    stripped = text.strip()
    if not stripped:
        return 0
    match = _SIZE.fullmatch(stripped)
    if match is None:
        raise _invalid(text, "a whole number and a unit are needed, for example 50mb")
    sign, number, suffix = match.groups()
    power = _POWERS.get(suffix.lower() or unit)
    if power is None:
        raise _invalid(text, f'the unit "{suffix}" is not known; use b, kb, mb, gb or tb')
    size: int = int(number) * 1024**power
    if size > _LARGEST:
        raise _invalid(text, "it is too large")
    return -size if sign == "-" else size


def has_unit(text: str) -> bool:
    """Whether `text` names its unit, so that it means the same for every option."""
    return not text.strip()[-1:].isdigit()


def format_size(size: int) -> str:
    """`size` bytes for people: ``17 bytes``, ``33.92 MiB``, ``2,048.00 TiB`` (spec/cli.md 1.2)."""
    if abs(size) < 1024:
        return f"{size} bytes"
    for power, suffix in ((1, "KiB"), (2, "MiB"), (3, "GiB")):
        if abs(size) < 1024 ** (power + 1):
            return f"{size / 1024**power:,.2f} {suffix}"
    return f"{size / 1024**4:,.2f} TiB"


def _invalid(text: str, reason: str) -> InvalidValue:
    return InvalidValue(value=text, kind="size", reason=reason)
