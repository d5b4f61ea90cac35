"""Command lines that are shown to a user, to be pasted into a shell (spec/cli.md 2.7)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNIX_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
# A comma, a semicolon and an equals sign separate the arguments of a batch file.
_WINDOWS_SAFE = re.compile(r"[A-Za-z0-9_@+:./\\%-]+")
_UNIX_SPECIAL = re.compile(r'(["$`\\])')
_BACKSLASHES_BEFORE_QUOTE = re.compile(r'(\\*)"')


def quote_unix(text: str) -> str:
    """`text` as one word for sh and its relatives; as it is when no character has a meaning there."""
    if _UNIX_SAFE.fullmatch(text):
        return text
    # An exclamation mark recalls a former line of an interactive shell, in double quotes too.
    return '"' + _UNIX_SPECIAL.sub(r"\\\1", text).replace("!", "\"'!'\"") + '"'


def quote_windows(text: str, *, expand: bool = False) -> str:
    """`text` as one argument in a batch file; `expand` leaves ``%NAME%`` to be filled in.

    As Microsoft's C library reads it: backslashes are plain but for those before a quote, which are doubled.
    """
    if not expand:
        text = text.replace("%", "%%")
    if _WINDOWS_SAFE.fullmatch(text):
        return text
    body = _BACKSLASHES_BEFORE_QUOTE.sub(r'\1\1""', text)
    trailing = "\\" * (len(body) - len(body.rstrip("\\")))
    return f'"{body}{trailing}"'


def command_line(words: Sequence[str], *, windows: bool, expand: bool = False) -> str:
    """The words of a command as one line."""
    if windows:
        return " ".join(quote_windows(word, expand=expand) for word in words)
    return " ".join(map(quote_unix, words))
