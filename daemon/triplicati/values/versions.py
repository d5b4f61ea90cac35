"""Version numbers as options give them; 0 is the newest."""

from __future__ import annotations

import re

from triplicati.errors import InvalidValue

_ENTRY = re.compile(r"([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?")
_LONGEST_RANGE = 100_000


def parse_versions(text: str) -> tuple[int, ...]:
    """The numbers of a list such as ``0,2-4,7``, each once, in the order given; empty for blank text.

    A range may end in either order. Raises `InvalidValue` (spec/cli.md 3.4).
    """
    numbers: dict[int, None] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise _invalid(text, f'"{entry}" is neither a number nor a range such as 2-4')
        numbers.update(dict.fromkeys(_range(int(match[1]), int(match[2] or match[1]), text)))
    return tuple(numbers)


def _range(first: int, last: int, text: str) -> range:
    if abs(last - first) >= _LONGEST_RANGE:
        raise _invalid(text, f"a range can hold at most {_LONGEST_RANGE:,} versions")
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def _invalid(text: str, reason: str) -> InvalidValue:
    return InvalidValue(value=text, kind="list of versions", reason=reason)
