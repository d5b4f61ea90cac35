"""Regular expressions as .NET reads them, for the ``regex`` package (spec/cli.md 4.2).

Duplicati compiles them with single-line mode (a dot matches newlines) and explicit capture (plain groups do
not capture). The few spellings that mean something else to ``regex`` are translated; what only .NET knows
(balancing groups) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_QUANTIFIER = re.compile(r"\{\d+(?:,\d*)?\}")
_INLINE_FLAGS = re.compile(r"\(\?([imnsx]*)(?:-([imnsx]*))?([:)])")
_NAMED_GROUP = re.compile(r"\(\?(?:<(\w+)>|'(\w+)')")
_BALANCING_GROUP = re.compile(r"\(\?[<'](?:\w*-\w+)[>']")
_NAMED_REFERENCE = re.compile(r"\\k(?:<(\w+)>|'(\w+)')")
_UNICODE_CLASS = re.compile(r"\\[pP]\{[\w-]+\}")
_LETTERS = frozenset("abABcdDefGkknpPrsStuvwWxzZ")


def compile_full_match(pattern: str, *, case_sensitive: bool) -> Callable[[str], bool]:
    """Returns a test whether the first match of ``pattern`` covers a whole text.

    A match that .NET finds first and that is too short is a miss, even when another alternative would cover
    the text. Raises `ValueError` with a reason.
    """
    # Most runs have no regular expression, and the import takes its time.
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415

    # FULLCASE belongs to V1 and would make one letter match two.
    flags = regex.V1 | regex.DOTALL | (0 if case_sensitive else regex.IGNORECASE)
    prefix = "" if case_sensitive else "(?-f)"
    try:
        match = regex.compile(prefix + translate(pattern), flags).match
    except regex.error as error:
        raise ValueError(str(error)) from None

    def covers(text: str) -> bool:
        # A match that starts later cannot cover the text, so the leftmost one is the one at its start.
        found = match(text)
        return found is not None and found.end() == len(text)

    return covers


def translate(pattern: str) -> str:
    """Returns the same expression for ``regex`` with the flag V1. Raises `ValueError`."""
    out = []
    position = 0
    while position < len(pattern):
        piece, position = _next_piece(pattern, position)
        out.append(piece)
    return "".join(out)


def _next_piece(pattern: str, at: int) -> tuple[str, int]:
    match pattern[at]:
        case "\\":
            return _escape(pattern, at)
        case "[":
            return _character_class(pattern, at)
        case "(":
            return _group(pattern, at)
        case "{" if not _QUANTIFIER.match(pattern, at):
            return "\\{", at + 1
        case other:
            return other, at + 1


def _escape(pattern: str, at: int) -> tuple[str, int]:
    if at + 1 == len(pattern):
        raise ValueError("a backslash at the end")
    letter = pattern[at + 1]
    if found := _UNICODE_CLASS.match(pattern, at):
        return found[0], found.end()
    if found := _NAMED_REFERENCE.match(pattern, at):
        return f"(?P={found[1] or found[2]})", found.end()
    match letter:
        case "z":
            return r"\Z", at + 2
        case "Z":
            return r"(?=\n?\Z)", at + 2
        case "e":
            return r"\x1b", at + 2
        case "c" if pattern[at + 2 : at + 3].isalpha():
            return f"\\x{ord(pattern[at + 2].upper()) ^ 0x40:02x}", at + 3
    if letter.isalpha() and letter not in _LETTERS:
        raise ValueError(f"the escape \\{letter} is not known")
    return pattern[at : at + 2], at + 2


def _group(pattern: str, at: int) -> tuple[str, int]:
    if pattern.startswith("(?#", at):
        end = pattern.find(")", at)
        if end < 0:
            raise ValueError("a comment without end")
        return "", end + 1
    if pattern[at + 1 : at + 2] != "?":
        return "(?:", at + 1
    if _BALANCING_GROUP.match(pattern, at):
        raise ValueError("balancing groups are not supported")
    if found := _NAMED_GROUP.match(pattern, at):
        return f"(?<{found[1] or found[2]}>", found.end()
    if found := _INLINE_FLAGS.match(pattern, at):
        return _inline_flags(found), found.end()
    length = 3 if pattern.startswith("(?(", at) else 2
    return pattern[at : at + length], at + length


def _inline_flags(found: re.Match[str]) -> str:
    """Explicit capture (n) cannot be changed here, so it is taken out."""
    on, off = found[1].replace("n", ""), (found[2] or "").replace("n", "")
    flags = on + (f"-{off}" if off else "")
    if found[3] == ")":
        return f"(?{flags})" if flags else ""
    return f"(?{flags}:"


def _character_class(pattern: str, at: int) -> tuple[str, int]:
    """A class, perhaps with a subtraction at its end as in [a-z-[aeiou]]."""
    start = at + 2 if pattern.startswith("[^", at) else at + 1
    sign = "^" if start == at + 2 else ""
    members: list[str] = []
    position = start
    while position < len(pattern):
        char = pattern[position]
        if char == "]" and position > start:
            return f"[{sign}{''.join(members)}]", position + 1
        if pattern.startswith("-[", position) and position > start:
            removed, position = _character_class(pattern, position + 1)
            if pattern[position : position + 1] != "]":
                raise ValueError("a subtraction must end its character class")
            return f"[[{sign}{''.join(members)}]--{removed}]", position + 1
        piece, position = _class_member(pattern, position, position == start)
        members.append(piece)
    raise ValueError("a character class without end")


def _class_member(pattern: str, at: int, first: bool) -> tuple[str, int]:
    char = pattern[at]
    if char == "\\":
        return _escape(pattern, at)
    is_range = char == "-" and not first and pattern[at + 1 : at + 2] not in {"]", "-", ""}
    if char in "[]&|~-" and not is_range:
        return "\\" + char, at + 1
    return char, at + 1
