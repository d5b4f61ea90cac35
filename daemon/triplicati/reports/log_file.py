"""The log file of ``--log-file``: appended, one line flushed at a time (spec/cli.md 9.2)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from triplicati.errors import LogFileUnusable
from triplicati.messages.log import LogLine, format_line
from triplicati.reports.log_rules import Listener, LogRule


@contextlib.contextmanager
def log_file(path: Path, rule: LogRule) -> Iterator[Listener]:
    """Gives what writes an accepted line. The missing folder is made.

    Raises `LogFileUnusable` when the file cannot be opened; a disk that fills up later costs the lines, never
    the operation.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise LogFileUnusable(path=path, reason=error.strerror) from None
    with contextlib.ExitStack() as stack:
        stack.push(lambda *_: _close(file))
        yield lambda line: _write(file, line) if rule.accepts(line) else None


def _write(file: TextIO, line: LogLine) -> None:
    with contextlib.suppress(OSError):
        # A message of several lines stays one entry.
        file.write(format_line(line) + "\n")
        file.flush()


def _close(file: TextIO) -> None:
    with contextlib.suppress(OSError):
        file.close()
