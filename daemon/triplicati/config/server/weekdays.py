"""The allowed weekdays of a schedule as Duplicati writes them: ``AllowedWeekDays=Monday,Friday``."""

from __future__ import annotations

from collections.abc import Iterable

from triplicati.messages.saved import ANY_DAY

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_RULE = "AllowedWeekDays="
_NUMBERS = {name[:3].lower(): number for number, name in enumerate(NAMES)}


def weekdays_of_rule(rule: str) -> frozenset[int]:
    """Monday is 0; empty for every day. What names no day is passed over."""
    if not rule.lower().startswith(_RULE.lower()):
        return ANY_DAY
    return weekdays(rule[len(_RULE) :].split(","))


def weekdays(names: Iterable[str]) -> frozenset[int]:
    """Days by their short or full English names, in any case. What names no day is passed over."""
    found = (_number(name.strip().lower()) for name in names)
    return frozenset(number for number in found if number is not None)


def rule_of_weekdays(days: frozenset[int]) -> str:
    """The reverse of `weekdays_of_rule`; "" for every day."""
    if not days or len(days) == len(NAMES):
        return ""
    return _RULE + ",".join(NAMES[day] for day in sorted(days))


def names_no_weekday(name: str) -> bool:
    return _number(name.strip().lower()) is None


def _number(name: str) -> int | None:
    number = _NUMBERS.get(name[:3])
    return number if number is not None and NAMES[number].lower().startswith(name) else None
