"""Files ``.desktop``, after the Desktop Entry Specification 1.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# What has a meaning in double quotes, as the chapter on the key Exec has it.
_QUOTED = str.maketrans({sign: f"\\{sign}" for sign in '"`$\\'})
_VALUE = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def exec_line(words: Sequence[str]) -> str:
    """The value of the key Exec that starts a program with these words.

    Raises `ValueError` where a word holds NUL, or the program, the first word, an equals sign, which the
    specification forbids.
    """
    if any("\0" in word for word in words):
        raise ValueError("a word with NUL cannot be given to a program")
    if "=" in words[0]:
        raise ValueError(f"{words[0]} has an equals sign in its path")
    quoted = (f'"{word.replace("%", "%%").translate(_QUOTED)}"' for word in words)
    return " ".join(quoted).translate(_VALUE)


def desktop_entry(values: Mapping[str, str]) -> str:
    """The whole file; the value of Exec is as `exec_line` gives it."""
    lines = (f"{key}={value if key == 'Exec' else value.translate(_VALUE)}" for key, value in values.items())
    return "\n".join(("[Desktop Entry]", *lines, ""))
