"""Which log lines someone wants: by level, by filters, without some ids (spec/cli.md 9.2)."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from triplicati.messages.log import LogLine, rank
from triplicati.source.filters import Filter, FilterRule, compile_filter

# Unlike ordinary rules these split on every system at both separators of paths.
_SEPARATORS = re.compile("[:;\r\n]+")


class LogRule(msgspec.Struct, frozen=True):
    """`least` is the rank of the least important level that is taken where no filter says otherwise."""

    least: int
    filter: Filter | None = None

    def accepts(self, line: LogLine) -> bool:
        verdict = self.filter.verdict(line.mark) if self.filter is not None else None
        return rank(line.level) >= self.least if verdict is None else verdict

    @property
    def wants_verbose(self) -> bool:
        """Whether lines about single files can be wanted: a filter could pick any."""
        return self.least <= rank("Verbose") or (
            self.filter is not None and any(rule.include for rule in self.filter.rules)
        )


def log_rule(level: str, filters: str = "", ignored: str = "") -> LogRule:
    """`filters` are rules with their signs, no sign is an include; `ignored` a comma list of ids.

    Raises `InvalidFilter`.
    """
    rules = [FilterRule(False, f"*-{identity}") for identity in _words(ignored)]
    texts = [text.strip() for text in _SEPARATORS.split(filters) if text.strip("+- \t")]
    rules += [FilterRule(text[0] != "-", text[1:] if text[0] in "+-" else text) for text in texts]
    return LogRule(rank(level), compile_filter(rules, case_sensitive=False) if rules else None)


class LogTail:
    """Keeps the first `most` accepted lines for a report and counts the others; 0 keeps all."""

    def __init__(self, rule: LogRule, most: int = 0) -> None:
        self.rule = rule
        self.lines: list[LogLine] = []
        self.left_out = 0
        self._most = most

    def add(self, line: LogLine) -> None:
        if not self.rule.accepts(line):
            return
        if 0 < self._most <= len(self.lines):
            self.left_out += 1
        else:
            self.lines.append(line)


Listener = Callable[[LogLine], object]


def _words(text: str) -> list[str]:
    return [word for word in (each.strip() for each in text.split(",")) if word]
