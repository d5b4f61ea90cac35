"""Text from elsewhere, such as names of files, in a form that cannot steer a terminal."""

from __future__ import annotations

# Both sets of control characters: some terminals take U+009B for the start of a command as well.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != 9}
_WITHIN_LINES = {code: text for code, text in _CONTROL.items() if code != 10}


def printable(text: str) -> str:
    """`text` with every control character but tabs written out, as ``\\x1b``; line ends too."""
    return text.translate(_CONTROL)


def printable_lines(text: str) -> str:
    """The same for text that may have several lines."""
    return text.translate(_WITHIN_LINES)
