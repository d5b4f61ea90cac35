"""A program at a real terminal."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass
class Terminal:
    """`shown` is all that appeared so far."""

    process: int
    descriptor: int
    shown: str = ""
    _seen: int = 0

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        """Until `text` appeared behind what was waited for before."""
        end = time.monotonic() + seconds
        while (found := self.shown.find(text, self._seen)) < 0:
            left = end - time.monotonic()
            assert left > 0, f"{text!r} did not appear: {self.shown!r}"
            if not self._take(left):
                raise AssertionError(f"ended before {text!r}: {self.shown!r}")
        self._seen = found + len(text)

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.descriptor)[3] & termios.ECHO)

    def end(self) -> int:
        """Reads to the end; gives the exit code."""
        while self._take(20.0):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def close(self) -> None:
        os.close(self.descriptor)

    def _take(self, seconds: float) -> bool:
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.descriptor, 4096)
        except OSError:  # Linux says so at the end
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)


def start(words: Sequence[str], environment: Mapping[str, str]) -> Terminal:
    """Runs a Python program, given as the words after ``python``, as the leader of a terminal."""
    process, descriptor = pty.fork()
    if process == 0:
        os.execve(sys.executable, [sys.executable, *words], dict(environment))
    return Terminal(process, descriptor)
