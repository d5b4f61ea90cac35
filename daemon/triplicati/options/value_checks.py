"""Whether a value fits the type of its option, and whether it asks for what is not built."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from triplicati.errors import InvalidValue
from triplicati.options.declarations import Option, OptionType
from triplicati.options.option_values import is_integer
from triplicati.values.booleans import is_boolean, parse_boolean
from triplicati.values.moments import parse_moment
from triplicati.values.sizes import has_unit, parse_size
from triplicati.values.timespans import parse_timespan

_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,15})?")
# Any moment will do: only the form is checked, and near the limits of dates nothing must overflow.
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def problem_with(option: Option, value: str | None) -> str | None:
    """Why `value` does not fit the type of `option`, as the end of a sentence; None if it does.

    No value and an empty one fit every type.
    """
    if not value or not value.strip():
        return None
    check = _CHECKS.get(option.type)
    return check(option, value.strip()) if check else None


def asks_for_more(option: Option, value: str | None) -> bool:
    """Whether `value` of a refused option needs the behaviour that is not built.

    An empty value and one of the wrong type count as not given.
    """
    if option.type is not OptionType.BOOLEAN and not (value or "").strip():
        return False
    meaning = _meaning(option, value)
    neutral = option.neutral or (option.default or "",)
    return meaning is not None and meaning not in [_meaning(option, text) for text in neutral]


def _meaning(option: Option, value: str | None) -> object:
    """What two spellings of the same value have in common; None for a value of the wrong type."""
    text = (value or "").strip()
    try:
        match option.type:
            case OptionType.BOOLEAN:
                return parse_boolean(value)
            case OptionType.INTEGER | OptionType.DECIMAL:
                return float(text)
            case OptionType.SIZE:
                return parse_size(text, option.unit)
            case OptionType.TIMESPAN:
                return parse_timespan(text)
            case OptionType.ENUM:
                return text.lower() if _is_declared(option, text) else None
            case _:
                return text.lower() if option.values else text
    except (ValueError, InvalidValue):
        return None


def _check_integer(option: Option, text: str) -> str | None:
    return None if is_integer(text) else "is not a whole number"


def _check_decimal(option: Option, text: str) -> str | None:
    return None if _DECIMAL.fullmatch(text) else "is not a number"


def _check_boolean(option: Option, text: str) -> str | None:
    return None if is_boolean(text) else "is neither true nor false, and counts as true"


def _check_size(option: Option, text: str) -> str | None:
    try:
        parse_size(text, option.unit)
    except InvalidValue as problem:
        return f"is not a size: {problem.details['reason']}"
    return None if has_unit(text) else f"has no unit and is taken as {text}{option.unit}; say so"


def _check_timespan(option: Option, text: str) -> str | None:
    try:
        parse_timespan(text)
    except InvalidValue as problem:
        return f"is not a length of time: {problem.details['reason']}"
    return None


def _check_datetime(option: Option, text: str) -> str | None:
    try:
        parse_moment(text, _SOME_TIME)
    except InvalidValue as problem:
        return f"is not a time: {problem.details['reason']}"
    return None


def _check_path(option: Option, text: str) -> str | None:
    return "is not a path" if "\0" in text else None


def _check_enum(option: Option, text: str) -> str | None:
    return None if _is_declared(option, text) else f"is not one of {', '.join(option.values)}"


def _check_flags(option: Option, text: str) -> str | None:
    unknown = [flag.strip() for flag in text.split(",") if not _is_declared(option, flag.strip())]
    return f"holds {', '.join(unknown)}, not among {', '.join(option.values)}" if unknown else None


def _is_declared(option: Option, text: str) -> bool:
    return text.lower() in {value.lower() for value in option.values}


_CHECKS: dict[OptionType, Callable[[Option, str], str | None]] = {
    OptionType.INTEGER: _check_integer,
    OptionType.DECIMAL: _check_decimal,
    OptionType.BOOLEAN: _check_boolean,
    OptionType.SIZE: _check_size,
    OptionType.TIMESPAN: _check_timespan,
    OptionType.DATETIME: _check_datetime,
    OptionType.PATH: _check_path,
    OptionType.ENUM: _check_enum,
    OptionType.FLAGS: _check_flags,
}
