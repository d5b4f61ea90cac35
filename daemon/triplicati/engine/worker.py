"""A worker: plain blocking code in a process (or thread) of its own, which knows nothing of trio.

Small files do not scale in threads, because their cost is Python itself; so batches of them go to processes.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys

from triplicati.engine.wire import PackSetup, Wire, WorkerFailed, WriteSetup
from triplicati.errors import TriplicatiError, disk_error


def main() -> None:
    """See `triplicati.engine.prestart` for the arguments: the wire's file descriptor, the package's
    folder, the role."""
    # Ctrl-C reaches the whole process group; what to do about it is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Batches make many objects and next to no cycles: looking for those took a twentieth of the time.
    gc.set_threshold(200_000, 20, 20)
    # Loaded before the first message comes.
    importlib.import_module("triplicati.formats.aescrypt")
    importlib.import_module(f"triplicati.engine.{'packing' if sys.argv[3] == 'pack' else 'writing'}")
    with (
        socket.socket(fileno=int(sys.argv[1])) as end,
        contextlib.suppress(BrokenPipeError, ConnectionResetError),
    ):
        serve(end)
    # Nothing is left to clean up that the operating system does not do faster.
    os._exit(0)


def serve(end: socket.socket) -> None:
    """Works until the parent closes its end."""
    wire = Wire(end)
    setup = wire.receive()
    if isinstance(setup, PackSetup | WriteSetup):
        wire.rest = setup.rest
    try:
        if isinstance(setup, PackSetup):
            from triplicati.engine.packing import pack  # noqa: PLC0415 - a worker has one role

            pack(wire, setup)
        elif isinstance(setup, WriteSetup):
            from triplicati.engine.writing import write  # noqa: PLC0415 - a worker has one role

            write(wire, setup)
    except (BrokenPipeError, ConnectionResetError):
        return
    except TriplicatiError as error:
        wire.send(_failure(error))
    except OSError as error:
        wire.send(_failure(disk_error(error, "the folder for temporary files")))


def _failure(error: TriplicatiError) -> WorkerFailed:
    return WorkerFailed(error.id, {key: str(value) for key, value in error.details.items()})
