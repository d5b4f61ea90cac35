"""Filter rules in one text, as parameter files, jobs and scripts have them (spec/cli.md 4.3)."""

from __future__ import annotations

import os
from collections.abc import Iterable

from triplicati.options.parser import FilterText


def join_filters(filters: Iterable[FilterText], separator: str = os.pathsep) -> str:
    """Each rule with its sign, joined by the separator of paths."""
    return separator.join(f"{'+' if each.include else '-'}{each.text}" for each in filters)


def split_filters(text: str, separator: str = os.pathsep) -> tuple[FilterText, ...]:
    """The rules of such a text. Text without a sign is skipped, as Duplicati does.

    A separator inside a regular expression or a group belongs to it.
    """
    rules: list[str] = []
    for piece in text.split(separator):
        if rules and _is_open(rules[-1]):
            rules[-1] += separator + piece
        else:
            rules.append(piece)
    return tuple(
        FilterText(rule[0] == "+", rule[1:]) for rule in rules if rule[:1] in {"+", "-"} and rule[1:].strip()
    )


def _is_open(rule: str) -> bool:
    start, end = rule[1:2], rule[-1:]
    return (start == "[" and end != "]") or (start == "{" and end != "}")
