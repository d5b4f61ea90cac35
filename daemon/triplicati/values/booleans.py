"""Switches as options give them."""

from __future__ import annotations

_TRUE = frozenset({"1", "on", "true", "yes"})
_FALSE = frozenset({"0", "off", "false", "no"})


def parse_boolean(text: str | None) -> bool:
    """Whether a switch that is present is on: only 0, off, false and no are off (spec/cli.md 2.2).

    No value, an empty one and anything unknown mean on; `is_boolean` tells the unknown ones.
    """
    return text is None or text.strip().lower() not in _FALSE


def is_boolean(text: str | None) -> bool:
    """Whether the value of a switch is one of the known words, or there is none."""
    return not text or not text.strip() or text.strip().lower() in _TRUE | _FALSE
