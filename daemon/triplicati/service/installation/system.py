"""The service manager of this system, asked and told by its own program."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from triplicati.errors import ServiceCommandFailed

# What sd_booted(3) looks at.
_BOOTED = Path("/run/systemd/system")
_PATIENCE = 120.0


def is_here(program: str) -> bool:
    """Whether the service manager runs that this program of its speaks to."""
    if program == "systemctl" and not (sys.platform == "linux" and _BOOTED.is_dir()):
        return False
    return shutil.which(program) is not None


def tell(words: Sequence[str]) -> None:
    """Raises `ServiceCommandFailed` with what the program had to say."""
    try:
        ended = _run(words)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceCommandFailed(command=subprocess.list2cmdline(words), reason=str(error)) from error
    if ended.returncode != 0:
        reason = (ended.stderr or ended.stdout).strip() or f"it ended with code {ended.returncode}"
        raise ServiceCommandFailed(command=subprocess.list2cmdline(words), reason=reason)


def ask(words: Sequence[str]) -> str:
    """What it answers, "" when that is nothing; the code it ends with tells the same again."""
    try:
        return _run(words).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_PATIENCE,
        check=False,
    )
