"""The command line as a user runs it, in a process of its own and a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

PASSPHRASE = "a passphrase that nobody else knows"


@dataclass
class CommandLine:
    """Runs in `folder`; `environment` is added to next to nothing."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "triplicati.apps.cli", *words],
            input=stdin,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            cwd=self.folder,
            env={**self.surroundings, **environment},
            check=False,
        )

    @property
    def surroundings(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DUPLICATI_HOME": str(self.folder / "home"),
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "PASSPHRASE": PASSPHRASE,
            **self.environment,
        }

    def script(self, name: str, body: str) -> str:
        """An executable shell script below the folder."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o700)
        return str(path)
