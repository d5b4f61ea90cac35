"""Commands run as a user who may do nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.command_line import PASSPHRASE, environment_of

NOBODY = 65534


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """One that every user can get into, which those of pytest are not."""
    if os.geteuid() != 0:
        pytest.fail("these tests give files to other users and run as nobody: run them as root")
    folder = Path(tempfile.mkdtemp(prefix="triplicati-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_nobody(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    home = folder / "nobody"
    home.mkdir(mode=0o700, exist_ok=True)
    os.chown(home, NOBODY, NOBODY)
    return subprocess.run(
        [*_reachable(folder), sys.executable, "-m", "triplicati.apps.cli", *words],
        capture_output=True,
        text=True,
        cwd=home,
        env=environment_of(home, PASSPHRASE=PASSPHRASE),
        check=False,
    )


# In a mount namespace of its own: $1 gets to be what is seen as $2, with $3 where it was before.
_UNCOVER = """
mkdir -p "$1/$3" && mount --bind "$2/$3" "$1/$3" && mount --rbind "$1" "$2" && shift 3 && exec "$@"
"""


def _reachable(folder: Path) -> list[str]:
    """What the command of another user starts with. An interpreter below a closed folder, as that of root's
    own pyenv, is uncovered for it."""
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    prefix = Path(os.path.realpath(sys.base_prefix))
    for closed in reversed(prefix.parents):
        if not closed.stat().st_mode & 0o001:
            stage = str(folder / "uncovered")
            below = str(prefix.relative_to(closed))
            return ["unshare", "--mount", "sh", "-c", _UNCOVER, "sh", stage, str(closed), below, *become]
    return become
