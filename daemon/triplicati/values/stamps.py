"""Points in time as Unix seconds: the stamps of remote names and lists, and the form shown to people.

A file list holds one stamp per file, so both directions convert each day only once.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from triplicati.errors import InvalidValue

_EPOCH = date(1970, 1, 1).toordinal()


def format_stamp(seconds: int) -> str:
    """``yyyyMMddTHHmmssZ`` (UTC) of a Unix time. Raises `InvalidValue` outside the years 1 to 9999."""
    rest = seconds % 86400
    return _digits_of_day(seconds // 86400) + _digits_of_minute(rest // 60) + _SECONDS[rest % 60]


def parse_stamp(text: str) -> int:
    """Unix time of a ``yyyyMMddTHHmmssZ`` stamp. Raises `InvalidValue` for text of any other form."""
    try:
        return _seconds_of_day(text[:8]) + _MINUTES[text[8:13]] + _OF_MINUTE[text[13:]]
    except KeyError:
        raise InvalidValue(value=text, kind="time stamp", reason=_fault(text)) from None


def _fault(text: str) -> str:
    digits = text[:8] + text[9:15]
    if len(text) != 16 or text[8] != "T" or text[15] != "Z" or not (text.isascii() and digits.isdigit()):
        return "the form is yyyyMMddTHHmmssZ"
    return "there is no such time of day"


def format_local(seconds: int) -> str:
    """A Unix time in the local time zone for people: ``11/22/2026 06:55:05`` (spec/cli.md 1.2)."""
    try:
        at = datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        raise InvalidValue(value=seconds, kind="Unix time", reason="it is out of range") from None
    return f"{at.month:02}/{at.day:02}/{at.year:04} {at.hour:02}:{at.minute:02}:{at.second:02}"


_SECONDS = tuple(f"{second:02}Z" for second in range(60))
_OF_MINUTE = {text: second for second, text in enumerate(_SECONDS)}
_MINUTES = {f"T{minute // 60:02}{minute % 60:02}": minute * 60 for minute in range(1440)}


@lru_cache(maxsize=1440)
def _digits_of_minute(minute: int) -> str:
    return f"T{minute // 60:02}{minute % 60:02}"


@lru_cache(maxsize=4096)
def _digits_of_day(day: int) -> str:
    try:
        at = date.fromordinal(day + _EPOCH)
    except (ValueError, OverflowError):
        raise InvalidValue(value=day * 86400, kind="Unix time", reason="it is out of range") from None
    return f"{at.year:04}{at.month:02}{at.day:02}"


@lru_cache(maxsize=4096)
def _seconds_of_day(digits: str) -> int:
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise KeyError(digits)
    try:
        at = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as problem:
        raise InvalidValue(value=digits, kind="time stamp", reason=str(problem)) from None
    return (at.toordinal() - _EPOCH) * 86400
