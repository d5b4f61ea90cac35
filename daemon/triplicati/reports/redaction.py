"""Takes paths of this machine out of texts that leave it, unless --allow-paths-in-log-messages is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

REDACTED = "-redacted-"
# Nobody can tell where a path with blanks ends, so all goes up to what cannot be part of most. An address of
# the web is none: its slashes follow a colon, a slash or a letter.
_END = r"\n:;,'\"<|%)"
_PATH = re.compile(
    rf"""file://[^\s{_END}]*
    | (?<![\w/\\.:<%])(?:
        /[^\s/{_END}][^{_END}]*
        | [A-Za-z]:[\\/][^{_END}]*
        | \\\\[^{_END}]+
    )""",
    re.VERBOSE,
)
# What a sentence goes on with; the rest of it has no path in it.
_TAIL = re.compile(r"( => | \(\d| does not | is not | cannot |\. (?=[A-Z])|\.?$)")


def redacting(known: Iterable[str]) -> Callable[[str], str]:
    """Replaces the paths in `known` wherever they stand whole, and everything else that looks like one."""
    longest_first = sorted({path for path in known if len(path) > 1}, key=len, reverse=True)
    whole = "|".join(re.escape(path.rstrip("/\\")) for path in longest_first)
    behind = r"(?=[/\\]?(?:[\s:;,'\"<>|)]|\.?$|\.\s))[/\\]?"
    pattern = re.compile(rf"(?<![\w/\\])(?:{whole}){behind}") if whole else None

    def redact(text: str) -> str:
        if "/" not in text and "\\" not in text:
            return text
        if pattern is not None:
            text = pattern.sub(REDACTED, text)
        return _PATH.sub(_shortened, text)

    return redact


def _shortened(match: re.Match[str]) -> str:
    """Keeps what is left of a sentence after its last path."""
    text = match[0]
    tail = _TAIL.search(text)
    if tail is None or "/" in text[tail.start() :] or "\\" in text[tail.start() :]:
        return REDACTED
    return REDACTED + text[tail.start() :]
