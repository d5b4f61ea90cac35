"""Prints texts that depend on nothing but the program, as wide as the terminal allows."""

from __future__ import annotations

import shutil
import sys

NARROWEST, WIDEST = 60, 120


def columns() -> int:
    """How long lines may be; longer ones than 120 are hard to read."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, NARROWEST), WIDEST)


def show_text(text: str) -> int:
    """The exit code, whether or not anybody reads to the end."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        from triplicati.cli.console import silence  # noqa: PLC0415

        silence(sys.stdout)
    return 0
