"""Where the server's log goes: its live log, a file, and the console or the journal."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from triplicati.config.server_options import LogOptions
from triplicati.messages.log import LogLine, format_line, rank
from triplicati.reports.log_file import log_file
from triplicati.reports.log_rules import log_rule
from triplicati.runner.logs import LiveLog

_LEVELS = {logging.WARNING: "Warning", logging.ERROR: "Error", logging.CRITICAL: "Error"}


@contextlib.contextmanager
def server_log(options: LogOptions, live: LiveLog) -> Iterator[None]:
    """While the body runs, lines of the live log go where the options say, and what libraries have to say
    goes into it. Raises `LogFileUnusable`."""
    with contextlib.ExitStack() as stack:
        if options.file:
            rule = log_rule(options.level)
            live.listeners.append(stack.enter_context(log_file(Path(options.file), rule)))
        least = rank("Information" if options.console else "Warning")
        live.listeners.append(lambda line: _print(line) if rank(line.level) >= least else None)
        stack.enter_context(_libraries(live))
        try:
            yield
        finally:
            live.listeners.clear()


def _print(line: LogLine) -> None:
    # The journal, or whoever reads the console, may have gone.
    with contextlib.suppress(OSError, ValueError):
        print(format_line(line), file=sys.stderr, flush=True)


@contextlib.contextmanager
def _libraries(live: LiveLog) -> Iterator[None]:
    handler = _Handler(live)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _Handler(logging.Handler):
    def __init__(self, live: LiveLog) -> None:
        super().__init__(logging.WARNING)
        self._live = live

    def emit(self, record: logging.LogRecord) -> None:
        details = ""
        if record.exc_info:
            details = logging.Formatter().formatException(record.exc_info)
        level = _LEVELS.get(record.levelno, "Warning")
        line = LogLine(time.time(), level, record.name, "Message", record.getMessage(), details)
        self._live.add(line)
