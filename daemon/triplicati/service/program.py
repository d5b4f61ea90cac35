"""The words that start a program of this installation."""

from __future__ import annotations

import sys
from pathlib import Path

_MODULES = {
    "duplicati-server": ("triplicati.apps.main", "server"),
    "duplicati-service": ("triplicati.apps.service",),
}


def program_words(name: str, folder: Path) -> tuple[str, ...]:
    """The script of that name in `folder`, where this program lies itself; without one, its module."""
    script = folder / (f"{name}.exe" if sys.platform == "win32" else name)
    if script.is_file():
        return (str(script),)
    return (sys.executable, "-m", *_MODULES[name])
