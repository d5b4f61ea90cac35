"""The Python bindings of GTK, which are a package of the system and not of a registry.

Only the folder ``gi`` is linked into a folder of ours on the search path, so that nothing else of the
system's Python comes along. Its compiled part fits one minor version of Python.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from triplicati.errors import TrayDesktopMissing
from triplicati_tray.desktop.private_folder import private_folder

PACKAGES = "python3-gi gir1.2-gtk-3.0 gir1.2-ayatanaappindicator3-0.1"
INSTALL = f'On Debian and Ubuntu install them with "sudo apt-get install {PACKAGES}" and start this again.'
_MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
_BUILT_FOR = re.compile(r"_gi\.cpython-(\d)(\d+)-")


def link_gi() -> None:
    """After it ``import gi`` works. Raises `TrayDesktopMissing`."""
    if importlib.util.find_spec("gi") is not None:
        return
    found = find_gi(gi_places(), sysconfig.get_config_var("EXT_SUFFIX"))
    try:
        folder = private_folder(f"gi-python{_MINOR}")
        _link(folder / "gi", found)
    except OSError as error:
        reason = f"the bindings of GTK in {found} cannot be linked into the user's cache: {error}"
        raise TrayDesktopMissing(reason=reason, advice="Check that the folder is yours.") from error
    # Last, so that it can hide nothing.
    sys.path.append(str(folder))
    importlib.invalidate_caches()


def find_gi(places: Iterable[Path], suffix: str) -> Path:
    """The folder ``gi`` among those whose compiled part ends in `suffix`. Raises `TrayDesktopMissing`."""
    others: set[str] = set()
    for folder in (place / "gi" for place in places):
        if (folder / f"_gi{suffix}").is_file():
            return folder
        names = (each.name for each in folder.glob("_gi.cpython-*"))
        others |= {f"{match[1]}.{match[2]}" for name in names if (match := _BUILT_FOR.match(name))}
    if not others:
        raise TrayDesktopMissing(reason="the Python bindings of GTK (gi) are not installed", advice=INSTALL)
    theirs = " and ".join(sorted(others))
    reason = f"the Python bindings of GTK (gi) here are for Python {theirs}, and this is Python {_MINOR}"
    raise TrayDesktopMissing(reason=reason, advice=f"To see it, install Triplicati with Python {theirs}.")


def gi_places(root: Path = Path("/")) -> list[Path]:
    """Where Debian, Fedora, Arch and others keep packages of Python."""
    version = f"python{_MINOR}"
    return [
        root / "usr/lib/python3/dist-packages",
        root / f"usr/lib64/{version}/site-packages",
        root / f"usr/lib/{version}/site-packages",
        root / f"usr/local/lib/{version}/dist-packages",
    ]


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and Path(os.readlink(link)) == target:
        return
    fresh = link.with_name(f"gi.{os.getpid()}")
    fresh.symlink_to(target)
    fresh.replace(link)
