"""Encryption by the `gpg` program (spec/format.md 7.4). Plain functions, for threads and workers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

from triplicati.engine.opening import Keys
from triplicati.errors import GpgFailed, GpgMissing, WrongPassphrase

_PART = 1 << 20


def encrypt_gpg(path: Path, keys: Keys, target: Path, name: str) -> None:
    """Raises `GpgFailed`, `GpgMissing`."""
    switches = [*keys.gpg.encryption_switches.split(), keys.gpg.encrypt]
    if keys.gpg.armor:
        switches.insert(0, "--armor")
    with path.open("rb") as file, target.open("wb") as out:
        run_gpg(switches, keys, file, out.write, name, reading=False)


def run_gpg(
    command: Sequence[str],
    keys: Keys,
    source: IO[bytes],
    write: Callable[[bytes], object],
    name: str,
    *,
    reading: bool,
) -> None:
    """The passphrase is the first line on standard input, the data follow."""
    _make_home()
    arguments = [keys.gpg.program, "--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0", *command]
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise GpgMissing(program=keys.gpg.program) from None
    complaints: list[bytes] = []
    with process:
        feeder = threading.Thread(target=_feed, args=(process.stdin, cast("str", keys.passphrase), source))
        listener = threading.Thread(
            target=lambda: complaints.append(cast("IO[bytes]", process.stderr).read()[:4096])
        )
        feeder.start()
        listener.start()
        while part := cast("IO[bytes]", process.stdout).read(_PART):
            write(part)
        feeder.join()
        listener.join()
    if process.returncode:
        reason = b"".join(complaints).decode("utf-8", "replace").strip()
        if reading and "Bad session key" in reason:
            raise WrongPassphrase(name=name)
        raise GpgFailed(name=name, reason=reason or f"exit status {process.returncode}")


def _make_home() -> None:
    """Several that start for the first time on a machine would all make this folder, and all but one fail."""
    if os.name == "posix":
        with contextlib.suppress(OSError):  # gpg says itself what is wrong
            Path(os.environ.get("GNUPGHOME") or "~/.gnupg").expanduser().mkdir(mode=0o700)


def _feed(pipe: IO[bytes] | None, passphrase: str, source: IO[bytes]) -> None:
    try:
        with cast("IO[bytes]", pipe) as stdin:
            stdin.write(passphrase.encode() + b"\n")
            while part := source.read(_PART):
                stdin.write(part)
    except BrokenPipeError:
        pass  # gpg gave up; its exit status and message say why
