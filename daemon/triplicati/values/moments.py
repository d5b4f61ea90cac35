"""Points in time as people type them: ``2M``, ``now``, ``2024-12-24 13:02``, ``20240101T000000Z``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from triplicati.errors import InvalidValue
from triplicati.values.stamps import format_local, format_stamp, parse_stamp

__all__ = ["format_local", "format_stamp", "parse_moment", "parse_stamp"]

_OFFSET = re.compile(r"(?:[0-9]{1,9}[smhdwmy])+", re.IGNORECASE | re.ASCII)
_STEP = re.compile(r"([0-9]+)([A-Za-z])")
_WHOLE = re.compile(r"[0-9]{1,12}")
_SPAN = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "D": timedelta(days=1),
    "W": timedelta(days=7),
}
_MONTHS = {"M": 1, "Y": 12}
# The first is how versions are printed, so that a printed time can be typed back.
_DATE_FORMS = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")


def parse_moment(text: str, now: datetime, *, backwards: bool = False) -> datetime:
    """The moment `text` means, as an aware datetime in UTC.

    Offsets such as ``1M2D`` and whole numbers (seconds) count from `now` (aware), into the past when
    `backwards` is set or a minus stands in front. D, W, M and Y are steps in the calendar of the time zone
    of `now`: a month after January 31 is the last of February. A date without a zone is local time.
    Raises `InvalidValue` (spec/cli.md 3.3).
    """
    stripped = text.strip()
    ago = stripped.startswith("-")
    offset = stripped[1:].lstrip() if ago else stripped
    try:
        if _OFFSET.fullmatch(offset):
            return _step(now, offset, -1 if backwards or ago else 1, text).astimezone(UTC)
        if _WHOLE.fullmatch(offset):
            seconds = timedelta(seconds=int(offset))
            return (now - seconds if backwards or ago else now + seconds).astimezone(UTC)
        if stripped.lower() == "now":
            return now.astimezone(UTC)
        return _parse_date(stripped).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _invalid(text, "neither a time such as 2024-12-24 13:02 nor an offset such as 2M") from None


def _step(start: datetime, offset: str, sign: int, text: str) -> datetime:
    at = start
    for number, unit in _STEP.findall(offset):
        if unit in _SPAN:
            at += sign * int(number) * _SPAN[unit]
        elif unit in _MONTHS:
            at = _add_months(at, sign * int(number) * _MONTHS[unit])
        else:
            raise _invalid(text, f'the unit "{unit}" is not known; use s, m, h, D, W, M or Y')
    return at


def _add_months(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, _days_in(year, month + 1)))


def _days_in(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _parse_date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        for form in _DATE_FORMS:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
        raise


def _invalid(text: str, reason: str) -> InvalidValue:
    return InvalidValue(value=text, kind="time", reason=reason)
