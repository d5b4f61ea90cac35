"""Command lines for users (spec/cli.md 2.7): what a shell makes of them is what was meant."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from triplicati.values.quoting import command_line, quote_unix, quote_windows

# A shell gets neither NUL nor what is no text.
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_PLAIN = st.text(st.characters(exclude_characters="\0$`", exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", '""'),
        ("file:///mnt/a-b_c", "file:///mnt/a-b_c"),
        ("--prefix=x", "--prefix=x"),
        ("a b", '"a b"'),
        ("~/x", '"~/x"'),
        ('say "hi"', r'"say \"hi\""'),
        ("$HOME", r'"\$HOME"'),
        ("`id`", r'"\`id\`"'),
        ("back\\slash", r'"back\\slash"'),
        ("wow!", "\"wow\"'!'\"\""),
        ("it's", '"it\'s"'),
        ("ümlaut", '"ümlaut"'),
    ],
)
def test_words_for_unix(text: str, quoted: str) -> None:
    assert quote_unix(text) == quoted


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", '""'),
        ("C:\\folder\\", "C:\\folder\\"),
        ("C:\\my folder\\", '"C:\\my folder\\\\"'),
        ("a,b", '"a,b"'),
        ('say "hi"', '"say ""hi"""'),
        ('\\"', '"\\\\"""'),
        ("100%", "100%%"),
        ("%TEMP%\\x y", '"%%TEMP%%\\x y"'),
        ("a&b", '"a&b"'),
    ],
)
def test_words_for_windows(text: str, quoted: str) -> None:
    assert quote_windows(text) == quoted


def test_variables_are_filled_in_where_that_is_wanted() -> None:
    assert quote_windows("%TEMP%\\x", expand=True) == "%TEMP%\\x"
    assert command_line(["a", "%B%"], windows=True, expand=True) == "a %B%"
    assert command_line(["a", "b c"], windows=True) == 'a "b c"'


@given(st.lists(_PLAIN, min_size=1, max_size=5))
def test_python_reads_what_was_meant(words: list[str]) -> None:
    """But for $ and the backtick, whose backslash in double quotes only a real shell takes away."""
    assert shlex.split(command_line(words, windows=False)) == words


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
@settings(max_examples=40)
@given(st.lists(_TEXT, min_size=1, max_size=8))
@example(["$x", "`y`", "!", "\\", "a\nb", "''", "\\$", '\\"'])
def test_a_shell_reads_what_was_meant(words: list[str]) -> None:
    line = f"printf '%s\\0' {command_line(words, windows=False)}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == words


@given(st.lists(_TEXT, min_size=1, max_size=5))
@example(["\\", "\\\\", 'a\\"b\\', '"', '""', " \\"])
def test_windows_reads_what_was_meant(words: list[str]) -> None:
    line = command_line(words, windows=True).replace("%%", "%")
    assert _as_windows_reads(line) == words


def _as_windows_reads(line: str) -> list[str]:
    """The rules of Microsoft's C library since 2008 for all arguments but the first."""
    words, word, quoted, at, begun = [], "", False, 0, False
    while at < len(line):
        backslashes = len(line) - at - len(line[at:].lstrip("\\"))
        at += backslashes
        if at < len(line) and line[at] == '"':
            word += "\\" * (backslashes // 2)
            begun = True
            if backslashes % 2:
                word += '"'
            elif quoted and line[at + 1 : at + 2] == '"':
                word += '"'
                at += 1
            else:
                quoted = not quoted
            at += 1
            continue
        if backslashes:
            word, begun = word + "\\" * backslashes, True
            continue
        if line[at] == " " and not quoted:
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + line[at], True
        at += 1
    return [*words, word] if begun else words
