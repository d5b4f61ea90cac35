"""The text form of faults, for --debug-faults: entries separated by ``;``, their parts by ``:``.

``put:error-after:first=2:times=3:match=dblock`` fails the second to fourth upload of a dblock after it
arrived; ``seed=7:rate=0.1`` fails one call in ten, the same ones each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import msgspec

from triplicati.errors import UsageError
from triplicati.storage.faults import Accidents, Action, Fault, Operation

_FIELDS = ("first", "times", "match", "seconds")


class FaultScript(msgspec.Struct, frozen=True):
    faults: tuple[Fault, ...]
    accidents: Accidents | None


def parse_faults(text: str) -> FaultScript:
    """Raises `UsageError`, with the entry that is not understood."""
    faults: list[Fault] = []
    accidents: Accidents | None = None
    for entry in filter(None, (each.strip() for each in text.split(";"))):
        try:
            if entry.startswith("seed="):
                accidents = _accidents(entry.split(":"))
            else:
                faults.append(_fault(entry.split(":")))
        except (ValueError, msgspec.ValidationError) as error:
            raise UsageError(reason=f'--debug-faults does not understand "{entry}": {error}') from None
    return FaultScript(tuple(faults), accidents)


def _fault(parts: Sequence[str]) -> Fault:
    if len(parts) < 2 or parts[0] not in get_args(Operation) or parts[1] not in get_args(Action):
        calls, actions = ", ".join(get_args(Operation)), ", ".join(get_args(Action))
        raise ValueError(f"it begins with one of {calls}, then one of {actions}")
    values = {"operation": parts[0], "action": parts[1], **_values(parts[2:])}
    return msgspec.convert(values, Fault, strict=False)


def _accidents(parts: Sequence[str]) -> Accidents:
    values: dict[str, object] = {}
    for key, _, value in (each.partition("=") for each in parts):
        if key not in ("seed", "rate", "actions"):
            raise ValueError(f"{key} is none of seed, rate and actions")
        values[key] = value.split("+") if key == "actions" else value
    return msgspec.convert(values, Accidents, strict=False)


def _values(parts: Sequence[str]) -> dict[str, str]:
    found = {}
    for key, _, value in (each.partition("=") for each in parts):
        if key not in _FIELDS:
            raise ValueError(f"{key} is none of {', '.join(_FIELDS)}")
        found[key] = value
    return found
