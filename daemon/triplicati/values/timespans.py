"""Lengths of time, as options give them and as results print them."""

from __future__ import annotations

import re
from datetime import timedelta

from triplicati.errors import InvalidValue

SECONDS_PER_UNIT = {
    "s": 1,
    "m": 60,
    "h": 3600,
    "D": 86400,
    "W": 7 * 86400,
    "M": 30 * 86400,
    "Y": 365 * 86400,
}

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_GROUP = re.compile(r"\s*([+-]?[0-9]{1,12})\s*([A-Za-z])\s*")


def parse_timespan(text: str) -> timedelta:
    """The length meant by ``30`` (seconds), ``1D12h`` or ``1D-1s``; empty is zero.

    Units are case-sensitive: s, m (minutes), h, D, W, M (30 days), Y (365 days). Raises `InvalidValue`
    (spec/cli.md 3.2).
    """
    stripped = text.strip()
    seconds = int(stripped) if _WHOLE.fullmatch(stripped) else _sum_of_groups(stripped, text)
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise _invalid(text, "it is too long") from None


def format_timespan(span: timedelta, *, fraction: bool = False) -> str:
    """``hh:mm:ss``, from one day on ``d.hh:mm:ss``; `fraction` adds seven digits unless they are zero."""
    sign = "-" if span < timedelta() else ""
    span = abs(span)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{span.days}." if span.days else ""
    digits = f".{span.microseconds:06}0" if fraction and span.microseconds else ""
    return f"{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{digits}"


def _sum_of_groups(stripped: str, text: str) -> int:
    total = at = 0
    while at < len(stripped):
        match = _GROUP.match(stripped, at)
        if match is None:
            raise _invalid(text, "numbers followed by a unit are needed, for example 1D12h")
        number, unit = match.groups()
        if unit not in SECONDS_PER_UNIT:
            raise _invalid(text, f'the unit "{unit}" is not known; use s, m, h, D, W, M or Y')
        total += int(number) * SECONDS_PER_UNIT[unit]
        at = match.end()
    return total


def _invalid(text: str, reason: str) -> InvalidValue:
    return InvalidValue(value=text, kind="length of time", reason=reason)
