"""The end of a program whose reader may have gone before it, as "head" does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_CUT_OFF = 100


@contextmanager
def reader_may_go() -> Iterator[None]:
    """Around the whole program, up to its `SystemExit`; neither that nor the interpreter complains then."""
    try:
        yield
    except BrokenPipeError:
        _silence()
        sys.exit(_CUT_OFF)
    finally:
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except (OSError, ValueError):
            _silence()


def _silence() -> None:
    """Where what is left to be printed goes; the interpreter tries that once more at its end."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the run
