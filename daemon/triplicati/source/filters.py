"""Include and exclude rules (spec/cli.md 4): the first rule that matches a whole path decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

import msgspec

from triplicati.errors import InvalidFilter
from triplicati.source.groups import group_members

Match = Callable[[str], bool]


class FilterRule(msgspec.Struct, frozen=True):
    """One rule as the user wrote it, without its sign."""

    include: bool
    text: str


class _Run(msgspec.Struct, frozen=True):
    """Neighbouring rules of one sign: any match decides, so they are sorted by how cheap they are to ask."""

    include: bool
    literals: frozenset[str]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    parts: tuple[str, ...]
    wildcards: tuple[tuple[str, Match], ...]
    regexes: tuple[Match, ...]

    def matches(self, path: str, folded: str) -> bool:
        if folded in self.literals or folded.endswith(self.suffixes) or folded.startswith(self.prefixes):
            return True
        for part in self.parts:
            if part in folded:
                return True
        for needle, covers in self.wildcards:
            if needle in folded and covers(folded):
                return True
        for covers in self.regexes:  # noqa: SIM110  a generator costs more than the loop
            if covers(path):
                return True
        return False


class Filter(msgspec.Struct, frozen=True):
    """Compiled rules. Paths are full paths as stored: folders end in the separator."""

    case_sensitive: bool
    rules: tuple[FilterRule, ...]
    only_includes: bool
    runs: tuple[_Run, ...]

    def verdict(self, path: str) -> bool | None:
        """Returns whether the first matching rule includes the path, None when no rule matches."""
        folded = path if self.case_sensitive else fold(path)
        for run in self.runs:
            if run.matches(path, folded):
                return run.include
        return None

    def accepts(self, path: str) -> bool:
        """Returns the verdict with its default: out when there are only includes, else in (4.3)."""
        verdict = self.verdict(path)
        return not self.only_includes if verdict is None else verdict

    def misses(self, path: str) -> bool:
        """Returns whether no rule matches the path."""
        return self.verdict(path) is None

    def deciding_rule(self, path: str) -> FilterRule | None:
        """Returns the rule behind the verdict, to explain it: this is slow."""
        for run, (_, same_sign) in zip(self.runs, groupby(self.rules, key=_sign), strict=True):
            if run.matches(path, path if self.case_sensitive else fold(path)):
                rules = list(same_sign)
                hits = (rule for rule in rules if not _alone(rule, self.case_sensitive).misses(path))
                # Expressions that stand together can match what none of them would alone.
                together = " ".join(rule.text for rule in rules if _is_regex(rule.text))
                return next(hits, FilterRule(run.include, together))
        return None

    @property
    def empty(self) -> bool:
        """Whether there is no rule left: blank rules and groups that stand for nothing do not count."""
        return not self.rules

    @property
    def excludes_all(self) -> bool:
        """Whether an exclude-everything rule comes before every include (warning FilterExcludesAll)."""
        for rule in self.rules:
            if rule.include:
                return False
            if rule.text in {"*", "[.*]"}:
                return True
        return False


def compile_filter(rules: Sequence[FilterRule], *, case_sensitive: bool) -> Filter:
    """Compiles rules in the order given. Raises `InvalidFilter` and `UnknownFilterGroup`."""
    simple = tuple(member for rule in rules for member in _without_groups(rule))
    return Filter(
        case_sensitive=case_sensitive,
        rules=simple,
        only_includes=bool(simple) and all(rule.include for rule in simple),
        runs=tuple(
            _compile_run(include, [rule.text for rule in same_sign], case_sensitive)
            for include, same_sign in groupby(simple, key=_sign)
        ),
    )


def _sign(rule: FilterRule) -> bool:
    return rule.include


@lru_cache(maxsize=1024)
def _alone(rule: FilterRule, case_sensitive: bool) -> Filter:
    return compile_filter([rule], case_sensitive=case_sensitive)


def expand_patterns(patterns: Sequence[str], *, separator: str = "/") -> list[FilterRule]:
    """Returns the include rules for the file patterns of restore and list (spec/cli.md 1.3).

    A bare name means that name at any depth, and a folder all that is in it.
    """
    return [FilterRule(True, _expand_pattern(pattern, separator)) for pattern in patterns if pattern.strip()]


def fold(text: str) -> str:
    """Returns upper-cased text in which each character stays one character, as .NET folds case."""
    if text.isascii():
        return text.upper()
    return "".join(upper if len(upper := char.upper()) == 1 else char for char in text)


def _expand_pattern(pattern: str, separator: str) -> str:
    if _is_regex(pattern) or _is_group(pattern):
        return pattern
    if pattern.startswith("@"):
        name = pattern[1:]
        if separator not in name:
            return f"[.*{re.escape(separator + name)}]"
        return f"[{re.escape(name)}.*]" if name.endswith(separator) else pattern
    if separator not in pattern:
        return pattern if _has_wildcard(pattern) else f"*{separator}{pattern}"
    return pattern + "*" if pattern.endswith(separator) else pattern


def _without_groups(rule: FilterRule) -> Iterator[FilterRule]:
    if not rule.text.strip():
        return
    if not _is_group(rule.text):
        yield rule
        return
    for member in group_members(rule.text[1:-1]):
        yield FilterRule(rule.include, member)


def _compile_run(include: bool, texts: list[str], case_sensitive: bool) -> _Run:
    literals, prefixes, suffixes, parts, wildcards = [], [], [], [], []
    for text in texts:
        if _is_regex(text):
            continue
        folded = text if case_sensitive else fold(text)
        if folded.startswith("@"):
            literals.append(folded[1:])
        elif not _has_wildcard(folded):
            literals.append(folded)
        elif not _has_wildcard(folded[1:]) and folded[0] == "*":
            suffixes.append(folded[1:])
        elif not _has_wildcard(folded[:-1]) and folded[-1] == "*":
            prefixes.append(folded[:-1])
        elif not _has_wildcard(folded[1:-1]) and folded[0] == folded[-1] == "*" and len(folded) > 2:
            parts.append(folded[1:-1])
        else:
            wildcards.append(_compile_wildcard(folded))
    return _Run(
        include,
        frozenset(literals),
        tuple(prefixes),
        tuple(suffixes),
        tuple(parts),
        tuple(wildcards),
        tuple(_compile_regexes(texts, case_sensitive)),
    )


def _compile_wildcard(text: str) -> tuple[str, Match]:
    """Returns a piece that every matching path holds, and the full match.

    In the matcher of Duplicati each star after the first at the end needs a character: ``x**`` misses ``x``.
    """
    body = text.rstrip("*")
    stars = len(text) - len(body)
    head, *rest = (_piece(piece) for piece in re.split(r"\*+", body))
    tail = f".{{{stars - 1},}}" if stars else (f".*{rest.pop()}" if rest else "")
    # The earliest place for a piece leaves the most to the others, so there is never a reason to go back.
    pattern = head + "".join(f"(?>.*?{piece})" for piece in rest) + tail
    match = re.compile(pattern, re.DOTALL).fullmatch
    return max(re.split("[*?]", text), key=len), lambda path: match(path) is not None


def _piece(text: str) -> str:
    return re.escape(text).replace(r"\?", ".")


def _compile_regexes(texts: list[str], case_sensitive: bool) -> Iterator[Match]:
    """Neighbouring expressions count as one alternation; only one that stands alone keeps its own anchors."""
    from triplicati.source.dotnet_regex import compile_full_match  # noqa: PLC0415

    for is_regex, neighbours in groupby(texts, key=_is_regex):
        if not is_regex:
            continue
        inner = [text[1:-1] for text in neighbours]
        own_anchors = len(inner) == 1 and inner[0].startswith("^") and inner[0].endswith("$")
        pattern = inner[0] if own_anchors else f"^({'|'.join(f'({one})' for one in inner)})$"
        try:
            yield compile_full_match(pattern, case_sensitive=case_sensitive)
        except ValueError as error:
            raise InvalidFilter(filter=" ".join(f"[{one}]" for one in inner), reason=error) from None


def _is_regex(text: str) -> bool:
    return len(text) > 1 and text[0] == "[" and text[-1] == "]"


def _is_group(text: str) -> bool:
    return len(text) > 1 and text[0] == "{" and text[-1] == "}"


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text
