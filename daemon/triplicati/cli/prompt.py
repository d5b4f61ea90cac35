"""A question at the terminal whose answer is shown as stars (spec/cli.md 2.8)."""

from __future__ import annotations

import codecs
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from triplicati.errors import OperationAborted, PassphraseUnreadable

_ENTER, _BACKSPACE, _ESCAPE = frozenset("\r\n"), frozenset("\b\x7f"), "\x1b"
_CANCEL, _END, _CLEAR = "\x03", "\x04", "\x15"
# An arrow key sends more right behind the escape character; a person does not.
_LONGEST_PAUSE = 0.05


class Entry:
    """What has been typed so far. `feed` gives what to show for it."""

    def __init__(self) -> None:
        self._typed: list[str] = []
        self.done = False

    def __repr__(self) -> str:
        return f"Entry(done={self.done})"

    @property
    def text(self) -> str:
        return "".join(self._typed)

    def feed(self, character: str) -> str:
        """Raises `OperationAborted` for Escape, Ctrl-C, and Ctrl-D on an empty line."""
        if character in _ENTER:
            self.done = True
            return ""
        if character in (_ESCAPE, _CANCEL) or (character == _END and not self._typed):
            raise OperationAborted
        if character in _BACKSPACE:
            return self._take_back(1)
        if character == _CLEAR:
            return self._take_back(len(self._typed))
        if not character.isprintable():
            return ""
        self._typed.append(character)
        return "*"

    def _take_back(self, count: int) -> str:
        count = min(count, len(self._typed))
        del self._typed[len(self._typed) - count :]
        return "\b \b" * count


def can_ask() -> bool:
    """Whether somebody sits at standard input."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str) -> str:
    """Asks at the terminal of standard input; the answer is shown as stars, one a character.

    Backspace takes one back, Ctrl-U all; Escape and Ctrl-C cancel. The terminal is left as it was.
    Raises `OperationAborted`, `PassphraseUnreadable`.
    """
    entry = Entry()
    with _interruptible():
        if sys.platform == "win32":
            _read_windows(question, entry)
        else:
            _read_unix(question, entry)
    return entry.text


def read_line() -> str:
    """One line of standard input, without its end. Raises `PassphraseUnreadable` where there is none."""
    if sys.stdin is None:
        raise PassphraseUnreadable(reason="standard input is closed")
    try:
        line = sys.stdin.readline()
    except (OSError, ValueError) as error:
        what = "it is no text" if isinstance(error, UnicodeError) else str(error)
        raise PassphraseUnreadable(reason=f"standard input: {what}") from None
    if not line:
        raise PassphraseUnreadable(reason="standard input has ended")
    return line.rstrip("\r\n")


def _read_windows(question: str, entry: Entry) -> None:
    if sys.platform != "win32":
        raise AssertionError
    import msvcrt  # noqa: PLC0415 - there alone

    for character in question:
        msvcrt.putwch(character)
    try:
        while not entry.done:
            character = msvcrt.getwch()
            if character in ("\x00", "\xe0"):
                msvcrt.getwch()  # the second half of an arrow or function key
                continue
            for shown in entry.feed(character):
                msvcrt.putwch(shown)
    finally:
        for character in "\r\n":
            msvcrt.putwch(character)


def _read_unix(question: str, entry: Entry) -> None:
    if sys.platform == "win32":
        raise AssertionError
    import termios  # noqa: PLC0415 - absent on Windows

    terminal = sys.stdin.fileno()
    write = _writer(terminal)
    try:
        before = termios.tcgetattr(terminal)
    except termios.error as error:
        raise PassphraseUnreadable(reason=f"the terminal: {error}") from None
    quiet = [*before[:3], before[3] & ~(termios.ECHO | termios.ICANON), *before[4:]]
    try:
        # What was typed ahead stays, as somebody may have pasted the passphrase.
        termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
        write(question)
        for character in _characters(terminal):
            write(entry.feed(character))
            if entry.done:
                return
        raise OperationAborted
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        write("\n")


def _characters(terminal: int) -> Iterator[str]:
    """As they are typed, without what arrow and function keys send; ends with the terminal."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while data := os.read(terminal, 1):
        if data == _ESCAPE.encode() and _follows(terminal):
            _skip_sequence(terminal)
            continue
        yield from decoder.decode(data)


def _follows(terminal: int) -> bool:
    import select  # noqa: PLC0415 - seldom needed

    return bool(select.select([terminal], [], [], _LONGEST_PAUSE)[0])


def _skip_sequence(terminal: int) -> None:
    """The rest of a control sequence: after a bracket or an O, up to its last byte."""
    if os.read(terminal, 1) not in (b"[", b"O"):
        return
    while _follows(terminal):
        if os.read(terminal, 1) >= b"@":
            return


def _writer(terminal: int) -> Callable[[str], None]:
    """Never to standard output, where a result may go to a program."""
    shown = sys.stderr.fileno() if sys.stderr is not None and sys.stderr.isatty() else terminal

    def write(text: str) -> None:
        os.write(shown, text.encode())

    return write


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends the prompt at once, also where another handler is in charge."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except (KeyboardInterrupt, EOFError):
        raise OperationAborted from None
    finally:
        signal.signal(signal.SIGINT, before)
