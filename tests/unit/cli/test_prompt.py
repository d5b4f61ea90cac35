"""The prompt for a passphrase (spec/cli.md 2.8), at a real terminal."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from triplicati.cli.passphrase import for_reading, for_writing
from triplicati.cli.prompt import Entry
from triplicati.errors import EmptyPassphrase, OperationAborted, PassphraseNeeded, PassphraseUnreadable
from triplicati.options.option_values import OptionValues

if sys.platform != "win32":
    from support.terminal import Terminal, start

needs_terminal = pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
_PROGRAM = """
import sys
from triplicati.cli.passphrase import for_reading, for_writing
from triplicati.errors import TriplicatiError
from triplicati.options.option_values import OptionValues
sys.stdout.write("ready\\n"); sys.stdout.flush()
try:
    if sys.argv[1] == "write":
        print("got", ascii(for_writing(OptionValues({}), {}, sys.argv[2])))
    else:
        print("got", ascii(for_reading(OptionValues({}), {}, "aes")))
except TriplicatiError as error:
    print(error.id)
    sys.exit(error.exit_code)
"""
Ask = Callable[..., "Terminal"]


@pytest.fixture
def ask() -> Iterator[Ask]:
    opened: list[Terminal] = []

    def ask_it(*words: str) -> Terminal:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "LANG": "C.UTF-8"}
        opened.append(start(["-c", _PROGRAM, *words], environment))
        opened[-1].wait_for("ready")
        return opened[-1]

    yield ask_it
    for terminal in opened:
        terminal.close()


def typed(text: str) -> tuple[str, str]:
    """What was understood, and what is to be seen."""
    entry = Entry()
    shown = "".join(entry.feed(character) for character in text)
    return entry.text, shown


@pytest.mark.parametrize(
    ("keys", "text", "shown"),
    [
        ("abc\r", "abc", "***"),
        ("ü€𝄞\n", "ü€𝄞", "***"),
        ("ab\x7fc\b\bd\r", "d", "**\b \b*\b \b\b \b*"),
        ("\x7f\b\r", "", ""),
        ("abc\x15d\r", "d", "***\b \b\b \b\b \b*"),
        (" a \t\x01\r", " a ", "***"),
        ("a\x04b\r", "ab", "**"),
    ],
)
def test_keys(keys: str, text: str, shown: str) -> None:
    assert typed(keys) == (text, shown)


@pytest.mark.parametrize("keys", ["\x1b", "abc\x1b", "\x03", "\x04"])
def test_keys_that_cancel(keys: str) -> None:
    with pytest.raises(OperationAborted):
        typed(keys)


def test_an_entry_is_never_printed() -> None:
    entry = Entry()
    entry.feed("s")
    assert repr(entry) == "Entry(done=False)"


@needs_terminal
def test_stars_are_shown_and_the_terminal_is_left_as_it_was(ask: Ask) -> None:
    terminal = ask("read")
    terminal.wait_for("Passphrase: ")
    assert not terminal.echoes()
    terminal.type("sesamX\x7fe\x1b[D\x1bOA ü\r")
    terminal.wait_for("got 'sesame \\xfc'")
    # One star for each of eight letters, one of them taken back, and none for the arrow keys.
    assert "Passphrase: ******\b \b***\r\n" in terminal.shown
    assert "sesam" not in terminal.shown.partition("got")[0]
    assert terminal.echoes()
    assert terminal.end() == 0


@needs_terminal
def test_a_new_backup_asks_twice(ask: Ask) -> None:
    terminal = ask("write", "")
    terminal.wait_for("Passphrase: ")
    terminal.type("sesame\n")
    terminal.wait_for("Confirm passphrase: ")
    terminal.type("sesame\n")
    terminal.wait_for("got 'sesame'")
    assert terminal.end() == 0


@needs_terminal
def test_two_that_differ(ask: Ask) -> None:
    terminal = ask("write", "")
    terminal.wait_for("Passphrase: ")
    # Typed ahead, or pasted: nothing of it is lost.
    terminal.type("sesame\nSesame\n")
    terminal.wait_for("PassphraseMismatch")
    assert terminal.end() == 100


@needs_terminal
@pytest.mark.parametrize(
    ("keys", "outcome"),
    [("\n", "EmptyPassphrase"), ("abc\x1b", "OperationAborted"), ("\x04", "OperationAborted")],
)
def test_nothing_and_cancelled(ask: Ask, keys: str, outcome: str) -> None:
    terminal = ask("write", "aes")
    terminal.wait_for("Passphrase: ")
    terminal.type(keys)
    terminal.wait_for(outcome)
    assert terminal.echoes()
    assert terminal.end() == 100


@needs_terminal
def test_ctrl_c_at_the_prompt_leaves_the_terminal_as_it_was(ask: Ask) -> None:
    terminal = ask("write", "")
    terminal.wait_for("Passphrase: ")
    terminal.type("abc")
    terminal.wait_for("***")
    terminal.type("\x03")
    terminal.wait_for("OperationAborted")
    assert terminal.echoes()
    assert terminal.end() == 100


# --- nobody at a terminal ---


def test_nothing_is_asked_when_the_prompt_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one\none\n"))
    values = OptionValues({"disable-module": "console-password-input", "force-passphrase-from-stdin": None})
    with pytest.raises(EmptyPassphrase):
        for_writing(values, {}, "")
    with pytest.raises(PassphraseNeeded):
        for_reading(values, {}, "aes")


@pytest.mark.parametrize("content", ["", "only one\n"])
def test_standard_input_that_ends_too_soon(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(content))
    with pytest.raises(PassphraseUnreadable, match="has ended") as caught:
        for_writing(OptionValues({"force-passphrase-from-stdin": None}), {}, "")
    assert caught.value.exit_code == 100


def test_standard_input_that_is_closed_or_no_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = OptionValues({"force-passphrase-from-stdin": None})
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(PassphraseUnreadable, match="closed"):
        for_reading(values, {}, "aes")
    path = tmp_path / "stdin"
    path.write_bytes(b"\xff\n")
    with path.open(encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        with pytest.raises(PassphraseUnreadable, match="no text"):
            for_reading(values, {}, "aes")
