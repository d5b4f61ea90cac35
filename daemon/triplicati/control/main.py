"""From the words of the command line to an exit code."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from triplicati.control.parser import parse
from triplicati.errors import TriplicatiError

# What these are about is what the user typed.
_USER_ERRORS = frozenset({"BackupUnknown", "TaskNotFound", "UsageError", "InvalidValue"})


def run(words: Sequence[str], environment: Mapping[str, str], prog: str = "duplicati-control") -> int:
    """0 for success, 2 for what the user did wrong, 1 for anything else; `run --wait` has codes of its own.

    Raises `SystemExit` for ``--help`` and for words that make no sense.
    """
    parsed = parse(words, prog)

    import trio  # noqa: PLC0415 - help needs none of this

    from triplicati.control.session import Session  # noqa: PLC0415

    session = Session(parsed, environment, Path(sys.argv[0]).resolve().parent)
    command = import_module(f"triplicati.control.{parsed.command.module}")
    try:
        session.take_password()
        code: int = trio.run(command.run, session)
    except TriplicatiError as error:
        return session.finish(2 if error.id in _USER_ERRORS else 1, error)
    except KeyboardInterrupt:
        return 1
    return session.finish(code)
