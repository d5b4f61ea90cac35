"""Our programs, forked from a process that has loaded them already.

Each is a process of its own, with its streams, folder and environment as if it were started from nothing;
only the loading, which is most of what a short command costs, is done once for all. This module is also what
the processes are forked in.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn, cast

import msgspec

Done = subprocess.CompletedProcess[str]
_LARGEST = 1 << 20
_START = "from support.warm_start import program; program()()"


class _Request(msgspec.Struct, frozen=True):
    """What does not go as a file descriptor."""

    program: str
    words: tuple[str, ...]
    folder: str
    environment: dict[str, str]


def run(
    program: str, words: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: str = ""
) -> Done:
    """`program` is a module of `triplicati.apps`. What an interpreter reads when it starts is always the same
    here, whatever `environment` says: LANG is C.UTF-8."""
    request = _Request(program, tuple(words), str(folder), dict(environment))
    (to, given), *answers = (os.pipe()[::-1], os.pipe(), os.pipe(), os.pipe())
    ends = [given, *(ours[1] for ours in answers)]
    try:
        socket.send_fds(_forge(), [json.dumps(msgspec.to_builtins(request)).encode()], ends)
    finally:
        for end in ends:
            os.close(end)
    with ThreadPoolExecutor(len(answers)) as readers:
        reading = [readers.submit(_read, ours[0]) for ours in answers]
        _write(to, stdin)
        out, error, status = (each.result() for each in reading)
    return Done(list(words), int(status), out, error)


def _read(end: int) -> str:
    with open(end, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _write(end: int, text: str) -> None:
    try:
        with open(end, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except BrokenPipeError:
        return  # it did not want to read it


@functools.cache
def _forge() -> socket.socket:
    """The wire to the process that forks, which ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "LANG": "C.UTF-8"},
        )

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours


# --- in the process that forks ---------------------------------------------------------------------------


def program() -> Callable[[], None]:
    """Comes back once for each request, in a process of its own, and gives its program."""
    _load()
    with socket.socket(fileno=int(sys.argv[1])) as wire:
        while True:
            text, ends, *_ = socket.recv_fds(wire, _LARGEST, 4)
            if not text:
                os._exit(0)
            request = msgspec.json.decode(text, type=_Request)
            if not os.fork():
                if os.fork():
                    _tell_the_end(ends)
                break
            for end in ends:
                os.close(end)
            _collect()
    return _become(request, ends)


def _load() -> None:
    """Also what a command imports when it runs."""
    for name in ("formats", "index", "engine", "operations", "cli"):
        package = importlib.import_module(f"triplicati.{name}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"triplicati.{name}.{module.name}")
    gc.freeze()  # else each of those forked looked through all that is loaded


def _collect() -> None:
    """The watchers that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _tell_the_end(ends: list[int]) -> NoReturn:
    """In the parent of the program: its status goes to the last of `ends`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for end in ends[:3]:
        os.close(end)
    _, status = os.wait()
    os.write(ends[3], str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(request: _Request, ends: list[int]) -> Callable[[], None]:
    for number, end in enumerate(ends[:3]):
        os.dup2(end, number)
    for end in ends:
        os.close(end)
    # Those there were know of other files, where one could seek.
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115 - as long as the program
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    os.chdir(request.folder)
    module = importlib.import_module(f"triplicati.apps.{request.program}")
    sys.argv = [str(module.__file__), *request.words]
    return cast("Callable[[], None]", module.main)
