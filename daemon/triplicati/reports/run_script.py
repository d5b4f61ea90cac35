"""Starts one script and waits for it, no longer than it may take (spec/cli.md 5.4)."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO

import msgspec
import trio

from triplicati.errors import ScriptUnusable

# More of a script's output than this is not looked at.
_MOST_OUTPUT = 1 << 20
# Out of time and still at work; kept so that they do not become zombies.
_left_running: list[trio.Process] = []


class ScriptEnd(msgspec.Struct, frozen=True):
    """`code` None when the script still ran after its time; `lines` of standard output, `errors` the text of
    standard error."""

    code: int | None
    lines: Sequence[str] = ()
    errors: str = ""


def command_of(value: str, *, with_arguments: bool) -> list[str]:
    """The whole value is a program's path, or a command line. Raises `ScriptUnusable`."""
    if not with_arguments:
        return [value]
    try:
        words = shlex.split(value, posix=sys.platform != "win32")
    except ValueError as error:
        raise ScriptUnusable(script=value, reason=f"its quotes do not fit: {error}") from None
    if not words:
        raise ScriptUnusable(script=value, reason="no program is named")
    return [word.strip('"') for word in words] if sys.platform == "win32" else words


async def run_script(
    command: Sequence[str], environment: Mapping[str, str], seconds: float | None
) -> ScriptEnd:
    """A script out of time is left running, as Duplicati does: it may be in the middle of something. When
    this is cancelled the script is ended.

    `seconds` None waits for ever. Raises `ScriptUnusable` when it cannot be started.
    """
    reap()
    # Files instead of pipes: a script that is left alone must not be killed by its next line.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = await trio.lowlevel.open_process(
                list(command), env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ScriptUnusable(script=command[0], reason=reason) from None
        try:
            with trio.move_on_after(float("inf") if seconds is None else seconds):
                await process.wait()
            if process.returncode is None:
                _left_running.append(process)
        except (trio.Cancelled, KeyboardInterrupt):
            process.terminate()
            _left_running.append(process)
            raise
        return ScriptEnd(process.returncode, _text(output).splitlines(), _text(errors).strip())


def reap() -> int:
    """Forgets the scripts that have ended since; returns how many are still at work."""
    _left_running[:] = [process for process in _left_running if process.poll() is None]
    return len(_left_running)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_MOST_OUTPUT).decode("utf-8", "replace")
