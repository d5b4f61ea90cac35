"""Whether filters let paths through, by the rules of a walk and without looking at the disk."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from triplicati.errors import InvalidFilter
from triplicati.messages.api_folders import PathVerdict
from triplicati.source.filters import Filter, FilterRule, compile_filter, fold


def verdicts(
    paths: Sequence[str], sources: Sequence[str], filters: Sequence[str], *, case_sensitive: bool
) -> list[PathVerdict]:
    """For each path that is a source or below one; a source itself is always taken.

    What lies in a folder that is left out is left out too. Raises `InvalidFilter`, `UnknownFilterGroup`.
    """
    rules = compile_filter([_rule(each) for each in filters if each.strip()], case_sensitive=case_sensitive)
    separator = "\\" if sys.platform == "win32" else "/"
    found = []
    for path in paths:
        source = _source_of(path, sources, separator, case_sensitive=case_sensitive)
        if source is not None:
            found.append(_verdict(path, source, rules, separator))
    return found


def _rule(text: str) -> FilterRule:
    if text[0] not in "+-":
        raise InvalidFilter(filter=text, reason="it must begin with + or -")
    return FilterRule(text[0] == "+", text[1:])


def _source_of(
    path: str, sources: Sequence[str], separator: str, *, case_sensitive: bool
) -> str | None:
    """The longest source that the path is or lies in."""
    place = _closed(path, separator) if case_sensitive else fold(_closed(path, separator))
    holding = [
        each
        for each in sources
        if each.strip()
        and place.startswith(_closed(each if case_sensitive else fold(each), separator))
    ]
    return max(holding, key=len, default=None)


def _verdict(path: str, source: str, rules: Filter, separator: str) -> PathVerdict:
    root = _closed(source, separator)
    if len(path) <= len(root):
        return PathVerdict(path, True, None)
    for folder in _between(path, root, separator):
        if rules.verdict(folder) is False:
            return PathVerdict(path, False, _matched(rules, folder))
    return PathVerdict(path, rules.accepts(path), _matched(rules, path))


def _between(path: str, root: str, separator: str) -> Iterator[str]:
    """The folders that a walk enters on its way, without the source."""
    at = path.find(separator, len(root))
    while 0 <= at < len(path) - 1:
        yield path[: at + 1]
        at = path.find(separator, at + 1)


def _matched(rules: Filter, path: str) -> str | None:
    rule = rules.deciding_rule(path)
    return None if rule is None else f"{'+' if rule.include else '-'}{rule.text}"


def _closed(path: str, separator: str) -> str:
    return path if path.endswith(separator) else path + separator
