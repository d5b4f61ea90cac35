"""How often something is due: the intervals of a schedule (spec/server.md 5.1)."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta

import msgspec

from triplicati.errors import InvalidValue
from triplicati.values.timespans import SECONDS_PER_UNIT

_STEP = re.compile(r"\s*([0-9]{1,9})\s*([A-Za-z])\s*")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DAYS = {"D": 1, "W": 7}
_MONTHS = {"M": 1, "Y": 12}
# Clients that write intervals in capitals, or as other programs do; M and m stay two things.
_SYNONYMS = str.maketrans("HSdw", "hsDW")


class Repeat(msgspec.Struct, frozen=True):
    """An interval taken apart; at least one of the three parts is above zero.

    A month and a year are steps in the calendar, the rest is a fixed length. `on_the_clock`: made of days,
    weeks, months and years alone, so it keeps the time that a clock shows.
    """

    months: int
    days: int
    seconds: int

    @property
    def on_the_clock(self) -> bool:
        return self.seconds == 0

    @property
    def span(self) -> int:
        """Seconds, with months of 30 and years of 365 days."""
        years, months = divmod(self.months, 12)
        return (years * 365 + months * 30 + self.days) * 86400 + self.seconds

    def after(self, at: datetime) -> datetime:
        """`at` and one interval, months first; the 31st becomes the last day of a shorter month.

        Raises `OverflowError` after the year 9999.
        """
        if self.months:
            at = add_months(at, self.months)
        return at + timedelta(days=self.days, seconds=self.seconds)


def parse_repeat(text: str) -> Repeat:
    """The interval meant by ``3600`` (seconds), ``1D`` or ``1W12h``.

    Units are s, m (minutes), h, D, W, M (months) and Y; also S, H, d and w. Raises `InvalidValue`, also for
    an interval of no length.
    """
    stripped = text.strip()
    if _WHOLE.fullmatch(stripped):
        repeat = Repeat(0, 0, int(stripped))
    else:
        repeat = _sum_of_steps(with_synonyms(stripped), text)
    if repeat == Repeat(0, 0, 0):
        raise _invalid(text, "it has no length")
    return repeat


def with_synonyms(text: str) -> str:
    """A length of time with the units as they are declared, for `parse_timespan`: ``12H`` becomes ``12h``."""
    return text.translate(_SYNONYMS)


def add_months(at: datetime, months: int) -> datetime:
    """Raises `OverflowError` outside the years 1 to 9999."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(f"the year {year} is out of range")
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def _sum_of_steps(stripped: str, text: str) -> Repeat:
    months = days = seconds = at = 0
    while at < len(stripped):
        match = _STEP.match(stripped, at)
        if match is None:
            raise _invalid(text, "numbers followed by a unit are needed, for example 1D or 12h")
        number, unit = int(match[1]), match[2]
        if unit not in SECONDS_PER_UNIT:
            raise _invalid(text, f'the unit "{unit}" is not known; use s, m, h, D, W, M or Y')
        if unit in _MONTHS:
            months += number * _MONTHS[unit]
        elif unit in _DAYS:
            days += number * _DAYS[unit]
        else:
            seconds += number * SECONDS_PER_UNIT[unit]
        at = match.end()
    return Repeat(months, days, seconds)


def _invalid(text: str, reason: str) -> InvalidValue:
    return InvalidValue(value=text, kind="interval of a schedule", reason=reason)
