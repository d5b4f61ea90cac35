"""GTK's bindings come from the system's Python, and nothing else does."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from triplicati.errors import TrayDesktopMissing
from triplicati_tray.desktop.gi_link import PACKAGES, find_gi
from triplicati_tray.desktop.private_folder import private_folder

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
TRY = """
from triplicati_tray.desktop.gi_link import link_gi
import importlib, sys
link_gi()
import gi
gi.require_version("Gtk", "3.0")
print(gi.__file__)
for name in ("apt", "apt_pkg", "dbus"):
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    sys.exit(f"{name} came along")
"""


def test_a_plain_environment_gets_gi_and_nothing_else_of_the_system(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    packages = os.pathsep.join(filter(None, sys.path))
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": packages}
    python = tmp_path / "venv" / "bin" / "python"
    for _ in range(2):
        command = [str(python), "-c", TRY]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    linked = Path(done.stdout.strip()).parent
    assert linked.is_relative_to(tmp_path / ".cache" / "triplicati")
    assert stat.S_IMODE(linked.parent.stat().st_mode) == 0o700
    assert [each.name for each in linked.parent.iterdir()] == ["gi"]


def test_the_folder_that_fits_is_found(tmp_path: Path) -> None:
    gi = bindings(tmp_path / "right", f"_gi{SUFFIX}")
    bindings(tmp_path / "wrong", "_gi.cpython-39-x86_64-linux-gnu.so")
    assert find_gi([tmp_path / "none", tmp_path / "wrong", tmp_path / "right"], SUFFIX) == gi


def test_one_for_another_version_is_no_use_and_the_advice_names_that(tmp_path: Path) -> None:
    bindings(tmp_path, "_gi.cpython-39-x86_64-linux-gnu.so")
    with pytest.raises(TrayDesktopMissing) as caught:
        find_gi([tmp_path], SUFFIX)
    assert "here are for Python 3.9" in str(caught.value)
    assert "install Triplicati with Python 3.9" in str(caught.value)


def test_where_there_is_none_the_advice_names_the_packages(tmp_path: Path) -> None:
    with pytest.raises(TrayDesktopMissing) as caught:
        find_gi([tmp_path], SUFFIX)
    assert f"sudo apt-get install {PACKAGES}" in str(caught.value)
    assert str(caught.value).startswith("No icon can be shown: ")


def test_a_private_folder_that_others_can_write_to_is_made_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "triplicati" / "icons").mkdir(parents=True)
    (tmp_path / "triplicati" / "icons").chmod(0o777)
    assert stat.S_IMODE(private_folder("icons").stat().st_mode) == 0o700


def test_a_link_is_no_private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "triplicati").mkdir()
    (tmp_path / "triplicati" / "icons").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        private_folder("icons")


def bindings(place: Path, name: str) -> Path:
    folder = place / "gi"
    folder.mkdir(parents=True)
    (folder / name).touch()
    return folder
