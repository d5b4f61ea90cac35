"""What a check finds."""

from __future__ import annotations

from typing import Literal

import msgspec

# "note" is worth knowing and no fault.
Level = Literal["good", "note", "warning", "problem"]


class Finding(msgspec.Struct, frozen=True):
    """`text` is a sentence without its full stop; `advice` says what to do, "" where there is nothing."""

    level: Level
    text: str
    advice: str = ""


def good(text: str) -> Finding:
    return Finding("good", text)


def note(text: str, advice: str = "") -> Finding:
    return Finding("note", text, advice)


def warning(text: str, advice: str) -> Finding:
    return Finding("warning", text, advice)


def problem(text: str, advice: str) -> Finding:
    return Finding("problem", text, advice)
