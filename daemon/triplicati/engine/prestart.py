"""Worker processes, started while the program itself still loads: on a machine with a second core that time
is free.

Imports next to nothing, since it is what runs first.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Literal

Started = tuple[subprocess.Popen[bytes], socket.socket]
"""a worker's process, and the parent's end of the wire to it"""

# The worker finds the package where this process did, whether it is installed or run from a checkout.
_ROOT = __file__.rpartition("/triplicati/")[0] or __file__.rpartition("\\triplicati\\")[0]
_START = "import sys; sys.path.insert(0, sys.argv[2]); from triplicati.engine.worker import main; main()"

_waiting: list[Started] = []


Role = Literal["pack", "write"]


def prestart(role: Role, count: int) -> None:
    """Starts workers that `taken` hands out later."""
    _waiting.extend(spawn(role) for _ in range(count))


def waiting() -> list[int]:
    """The process ids of those that nobody took yet."""
    return [process.pid for process, _ in _waiting]


def taken() -> Started | None:
    return _waiting.pop() if _waiting else None


def discard() -> None:
    """Ends those that nobody took."""
    while (started := taken()) is not None:
        process, end = started
        end.close()
        process.kill()
        process.wait()


def spawn(role: Role) -> Started:
    ours, theirs = socket.socketpair()
    with theirs:
        number = theirs.fileno()
        arguments = [sys.executable, "-c", _START, str(number), _ROOT, role]
        return subprocess.Popen(arguments, pass_fds=[number], stdin=subprocess.DEVNULL, close_fds=True), ours
