"""Which folder is the data folder (spec/cli.md 7.1, 7.2)."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from triplicati.config.datafolder import MARKER, DataFolder, create, data_folder, write_private
from triplicati.errors import DataFolderClosed, DataFolderOfAnother, InsecureDataFolderPermissions
from triplicati.options.option_values import OptionValues

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


def test_the_first_that_is_named_wins(tmp_path: Path) -> None:
    names = {
        "DUPLICATI__SERVER_DATAFOLDER": str(tmp_path / "server"),
        "DUPLICATI__PORTABLE_MODE": "true",
        "DUPLICATI_DATA_FOLDER": str(tmp_path / "data-folder"),
        "DUPLICATI_HOME": str(tmp_path / "home"),
        "XDG_CONFIG_HOME": str(tmp_path / "xdg"),
    }
    option = OptionValues({"server-datafolder": str(tmp_path / "option")})
    program = tmp_path / "program"
    found = [data_folder(option, names, program).path]
    while len(names) > 1:
        found.append(data_folder(OptionValues({}), names, program).path)
        del names[next(iter(names))]
    expected = ["option", "server", "program/data", "data-folder", "home"]
    assert found == [tmp_path / name for name in expected]


def test_without_a_name_it_is_the_folder_duplicati_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert data_folder(OptionValues({}), {}, tmp_path).path == tmp_path / "Duplicati"


def test_variables_and_quotes_in_the_name(tmp_path: Path) -> None:
    environment = {"DUPLICATI_HOME": '"%BASE%/here"', "BASE": str(tmp_path)}
    assert data_folder(OptionValues({}), environment, tmp_path).path == tmp_path / "here"


@pytest.mark.parametrize("name", ["Duplicati-server.sqlite", "dbconfig.json", "control_dir_v2"])
def test_in_a_folder_of_duplicati_ours_is_below(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    folder = data_folder(OptionValues({}), {"DUPLICATI_HOME": str(tmp_path)}, tmp_path)
    assert folder == DataFolder(tmp_path / "triplicati", theirs=tmp_path)
    assert str(tmp_path / "triplicati") in folder.notice
    create(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "triplicati"])


@posix_only
def test_a_folder_we_made_is_ours_alone_and_stays_it(tmp_path: Path) -> None:
    environment = {"DUPLICATI_HOME": str(tmp_path / "new" / "home")}
    folder = data_folder(OptionValues({}), environment, tmp_path)
    create(folder)
    (folder.path / "dbconfig.json").write_text("[]")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder.path / MARKER).stat().st_mode) == 0o600
    assert data_folder(OptionValues({}), environment, tmp_path) == folder
    assert not folder.notice


@posix_only
def test_a_folder_others_can_open_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    environment = {"DUPLICATI_HOME": str(home)}
    with pytest.raises(InsecureDataFolderPermissions):
        data_folder(OptionValues({}), environment, tmp_path)
    assert data_folder(OptionValues({"allow-insecure-datafolder": None}), environment, tmp_path).path == home
    allowed = {**environment, "DUPLICATI__ALLOW_INSECURE_DATAFOLDER": "1"}
    assert data_folder(OptionValues({}), allowed, tmp_path).path == home


@posix_only
def test_a_replaced_file_is_private_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["file"]


@posix_only
def test_a_folder_of_another_user_is_refused_by_the_name_of_that_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was said that others can read it, and chmod as advised changed nothing."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    number = home.stat().st_uid + 4_000_000
    if os.geteuid() == 0:
        os.chown(home, number, -1)
    else:  # who is not root cannot give it away, and sees the same with another number of his own
        number = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: number + 4_000_000)
    with pytest.raises(DataFolderOfAnother) as caught:
        data_folder(OptionValues({}), {"DUPLICATI_HOME": str(home)}, tmp_path)
    assert caught.value.id == "InsecureDataFolderPermissions"
    assert "belongs to the user" in str(caught.value)
    assert f"{home}" in str(caught.value)
    assert "chown -R" in str(caught.value)


@posix_only
def test_a_folder_that_is_closed_to_this_user_is_told_of(tmp_path: Path) -> None:
    """All programs ended with a traceback for the folder of the system's service."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0)
    with _nobody(), pytest.raises(DataFolderClosed, match="closed to the user"):
        data_folder(OptionValues({}), {"DUPLICATI_HOME": str(home)}, tmp_path)
    home.chmod(0o700)


@contextmanager
def _nobody() -> Iterator[None]:
    """To root nothing is closed."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
