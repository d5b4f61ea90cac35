"""Runs the program as a user does, in a home of its own, in UTC, with nobody at the terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support import warm_start

Done = subprocess.CompletedProcess[str]
PASSPHRASE = "a passphrase that nobody else knows"


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HOME": str(folder),
        "DUPLICATI_HOME": str(folder / "home"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        **more,
    }


def run_in(folder: Path, *words: str, stdin: str = "", program: str = "cli", **environment: str) -> Done:
    return warm_start.run(program, words, folder, environment_of(folder, **environment), stdin)


def started_in(folder: Path, *words: str, stdin: str = "", program: str = "cli", **environment: str) -> Done:
    """As `run_in`, by an interpreter of its own that has loaded nothing yet."""
    return subprocess.run(
        [sys.executable, "-m", f"triplicati.apps.{program}", *words],
        input=stdin,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        cwd=folder,
        env=environment_of(folder, **environment),
        check=False,
    )


@dataclass
class CommandLine:
    """Runs in `folder` with PASSPHRASE in the environment; `environment` is added."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str = "", **environment: str) -> Done:
        surroundings = {"PASSPHRASE": PASSPHRASE, **self.environment, **environment}
        return run_in(self.folder, *words, stdin=stdin, **surroundings)

    def script(self, name: str, body: str) -> str:
        """An executable shell script below the folder."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o700)
        return str(path)


class Terminal:
    """A program at a terminal. What it shows is read until nothing more comes."""

    def __init__(self, argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (50, 300))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *argv],  # a shell wants the terminal to be its own
            cwd=folder,
            env=dict(environment),
            stdin=follower,
            stdout=follower,
            stderr=follower,
        )
        os.close(follower)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._leader)
        self._process.kill()
        self._process.wait()

    def type(self, text: str, until: str, most: float = 20.0) -> str:
        """What is shown from then on, at least up to `until`."""
        os.write(self._leader, text.encode())
        return self.read(until, most)

    def read(self, until: str, most: float = 20.0) -> str:
        shown = b""
        end = time.monotonic() + most
        while until.encode() not in shown:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._leader], [], [], left)[0]:
                raise AssertionError(f"{until!r} was not shown, but {shown!r}")
            try:
                part = os.read(self._leader, 65536)
            except OSError:  # the program has ended
                part = b""
            if not part:
                raise AssertionError(f"{until!r} was not shown, but {shown!r}")
            shown += part
        return shown.decode(errors="replace")
