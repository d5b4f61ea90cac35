"""`triplicati service` from its words to files and what systemctl is told, with a stand-in for systemctl."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from triplicati.config.instance_lock import instance_lock
from triplicati.service.installation import files, system
from triplicati.service.installation.command import run
from triplicati.service.installation.doing import installed_folder
from triplicati.service.main import run as run_service

_SYSTEMCTL = """#!/bin/sh
echo "$*" >> "{folder}/told"
if [ -e "{folder}/fails" ]; then echo "no luck." >&2; exit 1; fi
case "$*" in *is-enabled*) echo enabled;; *is-active*) echo active;; esac
"""


class Desk:
    """A user of a computer with systemd, or without."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.units = folder / "config" / "systemd" / "user"
        self.unit = self.units / "triplicati.service"
        self.secrets = self.units / "triplicati.env"
        self.data = folder / "my data"
        self.environment: Mapping[str, str] = {"XDG_CONFIG_HOME": str(folder / "config")}

    def run(self, *words: str) -> int:
        command, *rest = words
        return run([command, "--user", f"--server-datafolder={self.data}", *rest], self.environment)

    @property
    def told(self) -> Sequence[str]:
        """What systemctl was told."""
        path = self.folder / "told"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    stand_in = tmp_path / "bin" / "systemctl"
    stand_in.parent.mkdir()
    stand_in.write_text(_SYSTEMCTL.format(folder=tmp_path))
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(system, "_BOOTED", tmp_path)
    return Desk(tmp_path)


def test_it_is_written_started_and_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("install", "--webservice-port=8300") == 0
    assert desk.told == ["--user daemon-reload", "--user enable --now triplicati.service"]
    assert f'Environment="DUPLICATI_DATA_FOLDER={desk.data}"\n' in desk.unit.read_text()
    assert " --webservice-port=8300\n" in desk.unit.read_text()
    told = capsys.readouterr().out
    assert f"written: {desk.unit}\n" in told
    assert "loginctl enable-linger" in told


def test_a_second_time_changes_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.run("install")
    before = desk.unit.stat().st_mtime_ns, desk.unit.read_text()
    assert desk.run("install") == 0
    assert before == (desk.unit.stat().st_mtime_ns, desk.unit.read_text())
    assert f"unchanged: {desk.unit}\n" in capsys.readouterr().out


def test_other_options_replace_a_unit_that_nobody_has_changed(desk: Desk) -> None:
    desk.run("install", "--webservice-port=8300")
    assert desk.run("install", "--webservice-port=8400") == 0
    assert "8300" not in desk.unit.read_text()


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_changes_of_the_user_stay_unless_forced(
    desk: Desk, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.run("install")
    changed = desk.unit.read_text().replace("RestartSec=10", "RestartSec=99")
    desk.unit.write_text(changed)
    assert desk.run(command, *(["--webservice-port=8300"] if command == "install" else [])) == 1
    assert desk.unit.read_text() == changed
    assert "ServiceFileChanged" in capsys.readouterr().err
    assert desk.run(command, "--force") == 0
    assert not desk.unit.exists() or "RestartSec=99" not in desk.unit.read_text()


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_unit_of_somebody_else_stays_even_when_forced(
    desk: Desk, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.units.mkdir(parents=True)
    desk.unit.write_text("[Service]\nExecStart=/bin/true\n")
    assert desk.run(command, "--force") == 1
    assert desk.unit.read_text() == "[Service]\nExecStart=/bin/true\n"
    assert "ServiceFileForeign" in capsys.readouterr().err
    assert desk.told == []


def test_uninstall_takes_back_what_install_made_and_nothing_else(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.environment = {**desk.environment, "DUPLICATI__WEBSERVICE_PASSWORD": "open sesame"}
    desk.run("install")
    desk.data.mkdir()
    drop_in = desk.units / "triplicati.service.d" / "override.conf"
    drop_in.parent.mkdir()
    drop_in.touch()
    assert desk.run("uninstall") == 0
    assert desk.told[-2:] == ["--user disable --now triplicati.service", "--user daemon-reload"]
    assert {path.name for path in desk.units.iterdir()} == {"triplicati.service.d"}
    assert desk.data.is_dir()
    told = capsys.readouterr().out
    assert f"The data folder stays: {desk.data}" in told
    assert f"left, for it is yours: {drop_in.parent}" in told


def test_uninstall_of_nothing_is_fine(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("uninstall") == 0
    assert "Nothing is installed" in capsys.readouterr().out
    assert desk.told == []


@pytest.mark.parametrize("option", ["--dry-run", "--print"])
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_only_shown(desk: Desk, command: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    if command == "uninstall":
        desk.run("install")
    before = desk.told, desk.unit.exists()
    desk.environment = {**desk.environment, "DUPLICATI__WEBSERVICE_PASSWORD": "open sesame"}
    assert desk.run(command, option) == 0
    assert before == (desk.told, desk.unit.exists())
    told = capsys.readouterr().out
    assert "would run: systemctl --user" in told
    assert "open sesame" not in told


def test_secrets_are_for_their_owner_only(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("install", "--webservice-password=open sesame") == 0
    assert desk.secrets.stat().st_mode & 0o777 == 0o600
    assert 'DUPLICATI__WEBSERVICE_PASSWORD="open sesame"' in desk.secrets.read_text()
    assert "open sesame" not in desk.unit.read_text()
    told = capsys.readouterr()
    assert "open sesame" not in told.out + told.err


def test_secrets_stay_when_it_is_installed_again_without_them(desk: Desk) -> None:
    desk.run("install", "--webservice-password=open sesame")
    assert desk.run("install", "--webservice-port=8300") == 0
    assert "open sesame" in desk.secrets.read_text()


def test_not_started_when_that_is_not_wanted(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("install", "--no-start") == 0
    assert desk.told == ["--user daemon-reload"]
    assert "To start it: systemctl --user enable --now triplicati.service" in capsys.readouterr().out


def test_without_systemd_the_commands_are_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "_BOOTED", desk.folder / "missing")
    assert desk.run("install") == 0
    assert desk.unit.exists()
    assert desk.told == []
    assert "  systemctl --user enable --now triplicati.service\n" in capsys.readouterr().out


def test_what_systemctl_refuses_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    (desk.folder / "fails").touch()
    assert desk.run("install") == 1
    told = capsys.readouterr().err
    assert "ServiceCommandFailed" in told
    assert "systemctl --user daemon-reload" in told
    assert "no luck." in told


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["--webservice-prot=8300"], "Did you mean --webservice-port?"),
        (["--adopt"], "duplicati-server --adopt ..."),
        (["--portable-mode"], "--server-datafolder=FOLDER"),
        (["--ping-interval=1m"], "systemd watches the server itself"),
        (["--grace-period=soon"], "soon"),
        (["--webservice-password", "open sesame"], "without a blank"),
        (["--log-file=a\nExecStartPre=/bin/false"], "line end"),
        (["--name=../triplicati"], "letters, digits"),
    ],
)
def test_wrong_words_change_nothing(
    desk: Desk, words: list[str], advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("install", *words) == 2
    told = capsys.readouterr().err
    assert advice in told
    assert "open sesame" not in told
    assert not desk.units.exists()


def test_paths_are_made_absolute(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    desk.run("install", "--log-file=server.log")
    assert f" --log-file={desk.folder}/server.log\n" in desk.unit.read_text()


def test_status_tells_what_is_and_what_to_look_at(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("status") == 4
    assert "not installed" in capsys.readouterr().out
    desk.run("install")
    assert desk.run("status") == 3
    told = capsys.readouterr().out
    assert "server: does not run\n" in told
    assert "journalctl --user -u triplicati -n 20" in told
    desk.data.mkdir(mode=0o700)
    (desk.data / "triplicati.json").write_text("{}")
    with instance_lock(desk.data):
        assert desk.run("status") == 0
    told = capsys.readouterr().out
    assert f"server: runs as process {os.getpid()}\n" in told
    assert "systemd says: active\n" in told
    assert f"data folder: {desk.data}\n" in told


def test_two_services_of_different_names(desk: Desk) -> None:
    desk.run("install")
    assert desk.run("install", "--name=second") == 0
    assert (desk.units / "second.service").exists()
    assert desk.told[-1] == "--user enable --now second.service"


@pytest.mark.parametrize("words", [["--help"], ["install", "--help"], ["status", "--help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(words, {})
    assert ended.value.code == 0
    assert "usage: triplicati service" in capsys.readouterr().out


def test_the_system_has_a_folder_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["install", "--system", "--dry-run"], {}) == 0
    told = capsys.readouterr().out
    assert "would write /etc/systemd/system/triplicati.service:" in told
    assert "Environment=DUPLICATI_DATA_FOLDER=/var/lib/triplicati\n" in told
    assert "StateDirectory=triplicati\n" in told


@pytest.mark.parametrize("verb", ["INSTALL", "install", "Install-Only"])
def test_the_words_of_duplicatis_service(
    desk: Desk, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [verb, "--user", f"--server-datafolder={desk.data}"]
    assert run_service(words, desk.environment) == 0
    assert desk.unit.exists()
    assert ("--user enable --now triplicati.service" in desk.told) is (verb.upper() == "INSTALL")
    assert run_service(["UNINSTALL", "--user"], desk.environment) == 0
    assert not desk.unit.exists()
    capsys.readouterr()


@pytest.mark.parametrize("word", ["--help", "help", "-h"])
def test_help_of_the_program(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_service([word], {}) == 0
    told = capsys.readouterr().out
    assert told.startswith("Usage: duplicati-service")
    assert "--ping-interval" in told


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_it_is_said_what_was_never_run(
    platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    words = ["install", "--system", "--dry-run", f"--server-datafolder={tmp_path}"]
    assert run(words, {}) == 0
    assert "This was never run on" in capsys.readouterr().out


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It ended with a traceback."""

    def home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", home)
    assert run(["status", "--user"], {}) == 2
    assert "Set HOME" in capsys.readouterr().err
    assert run(["install", "--system", "--dry-run"], {}) == 0
    capsys.readouterr()


def test_a_place_this_user_may_not_write(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name of a temporary file was told, and nothing that helps."""

    def denied(path: Path, content: bytes) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", f"{path}.temporary")

    monkeypatch.setattr(files, "write_private", denied)
    assert desk.run("install") == 1
    told = capsys.readouterr().err
    assert "ErrorID: ServiceFileDenied\n" in told
    assert f"{desk.unit}." in told
    assert "temporary" not in told
    assert "sudo" in told


def test_installed_again_it_keeps_its_data_folder(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Installed again for another port, without its folder, it started with no backups at all."""
    desk.run("install")
    before = desk.unit.read_text()
    assert run(["install", "--user", "--webservice-port=8300"], desk.environment) == 2
    assert f"--server-datafolder='{desk.data}' or --server-datafolder=" in capsys.readouterr().err
    assert desk.unit.read_text() == before
    assert desk.run("install", "--webservice-port=8300") == 0
    other = desk.folder / "other"
    assert run(["install", "--user", f"--server-datafolder={other}"], desk.environment) == 0
    assert installed_folder(desk.unit) == str(other)


def test_passwords_of_before_are_told_of(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.run("install", "--webservice-password=first")
    capsys.readouterr()
    assert desk.run("install") == 0
    assert f"still in use: {desk.secrets}" in capsys.readouterr().out
    assert "first" in desk.secrets.read_text()


@pytest.mark.parametrize(
    "word", ["--webservice-port=abc", "--webservice-port=70000", "--webservice-interface=x"]
)
def test_what_the_server_would_not_start_with(desk: Desk, word: str) -> None:
    assert desk.run("install", word) != 0
    assert not desk.unit.exists()
