"""The line that tells a file of ours from others, and whether it was changed since."""

from __future__ import annotations

import hashlib
import re

_MARK = 'Written by "triplicati service install"'
_LINE = re.compile(rf"^(?:# |<!-- ){re.escape(_MARK)}, ([0-9a-f]{{16}})\.[^\n]*\n", re.MULTILINE)


def sealed(text: str, hint: str) -> str:
    """With the line in front, or below the first line of XML. `hint` says where changes belong."""
    told = f"{_MARK}, {_digest(text)}. {hint}"
    if not text.startswith("<?xml"):
        return f"# {told}\n{text}"
    first, rest = text.split("\n", 1)
    return f"{first}\n<!-- {told} -->\n{rest}"


def is_ours(text: str) -> bool:
    return _LINE.search(text) is not None


def is_untouched(text: str) -> bool:
    """Whether it is ours and as it was written."""
    found = _LINE.search(text)
    return found is not None and _digest(text[: found.start()] + text[found.end() :]) == found[1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
