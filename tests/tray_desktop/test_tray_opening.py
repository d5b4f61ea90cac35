"""Where no icon can be shown, the reason and what to do are told in a sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from support.desk_process import desk_process
from support.desktop_session import DesktopSession

SURROUNDINGS = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
# As where nothing of GTK is installed for Python.
NO_GI = """
import triplicati_tray.desktop.gi_link as gi_link
gi_link.gi_places = lambda: []
"""


def missing(home: Path, **environment: str) -> str:
    session = DesktopSession({**SURROUNDINGS, "HOME": str(home), **environment})
    with desk_process(session, waits=False) as desk:
        assert desk.wait() == 3, desk.errors
        return desk.missing


def test_without_a_desktop(tmp_path: Path) -> None:
    told = missing(tmp_path)
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in told
    assert "No icon can be shown: " in told
    assert not list(tmp_path.iterdir())


def test_on_a_screen_that_is_not_there(tmp_path: Path) -> None:
    assert "the display :4321 cannot be used" in missing(tmp_path, DISPLAY=":4321")


def test_without_the_bindings_of_gtk(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_GI)
    path = os.pathsep.join((str(tmp_path), SURROUNDINGS["PYTHONPATH"]))
    told = missing(tmp_path, DISPLAY=":4321", PYTHONPATH=path)
    assert "sudo apt-get install python3-gi gir1.2-gtk-3.0 gir1.2-ayatanaappindicator3-0.1" in told


def test_in_a_home_that_takes_no_files(tmp_path: Path) -> None:
    (tmp_path / ".cache").touch()
    told = missing(tmp_path, DISPLAY=":4321")
    assert "cannot be linked into the user's cache" in told
    assert str(tmp_path / ".cache") in told
