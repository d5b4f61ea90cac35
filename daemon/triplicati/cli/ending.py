"""What a command leaves to be shown once scripts and reports have had their say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from triplicati.messages.results import Result


def _no_lines() -> Iterable[str]:
    return ()


class Ended(msgspec.Struct):
    """`lines` is the text form and `code` the exit code; both are asked for at the very end, for a script
    that runs after the operation can still add warnings to it."""

    result: Result
    lines: Callable[[], Iterable[str]] = _no_lines
    code: Callable[[], int] = lambda: 0
