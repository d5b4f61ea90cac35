"""duplicati-tray as a process: the server that it starts, and how both end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from support.server_process import PASSWORD, ServerProcess, server_process
from support.tray_process import browser, surroundings, tray_process

from triplicati.config.instance_lock import is_running
from triplicati_tray.main import run

_ANY_PORT = "--webservice-port=0"
_PATIENCE = 30.0
_KEY = "a key of the settings"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


def _until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _server_of(tray: ServerProcess) -> psutil.Process:
    """A browser may be another child."""
    (child,) = (
        each
        for each in psutil.Process(tray.process.pid).children()
        if "triplicati.apps.server" in each.cmdline()
    )
    return child


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shared")
    (made / "data").mkdir(mode=0o700)
    return made


@pytest.fixture(scope="module")
def shared(place: Path) -> Iterator[ServerProcess]:
    """One tray for the tests that leave it running, with secrets, and a browser that notes what it opens."""
    command, noted = browser(place)
    secrets = (f"--webservice-password={PASSWORD}", f"--settings-encryption-key={_KEY}")
    words = (_ANY_PORT, "--log-retention=9D", f"--browser-command={command}", *secrets)
    inherited = {"DUPLICATI__WEBSERVICE_PASSWORD": PASSWORD, "SETTINGS_ENCRYPTION_KEY": _KEY}
    with tray_process(place / "data", *words, environment=inherited) as tray:
        tray.said("No backups yet")
        _until(noted.exists)
        yield tray
        tray.stop(signal.SIGINT)
        assert tray.process.returncode == 0


def test_a_signal_ends_the_tray_and_its_server(folder: Path) -> None:
    with tray_process(folder, _ANY_PORT) as tray:
        said = tray.said("No backups yet")
        assert said.count("No icon can be shown") == 1
        child = _server_of(tray)
        tray.process.send_signal(signal.SIGTERM)
        assert tray.wait() == 0
        assert not child.is_running()
        assert "Traceback" not in tray.text


def test_a_tray_that_is_killed_leaves_no_server_behind(folder: Path) -> None:
    with tray_process(folder, _ANY_PORT) as tray:
        tray.said("No backups yet")
        assert is_running(folder)
        tray.process.kill()
        _until(lambda: not is_running(folder))


def test_secrets_go_to_the_server_and_are_seen_by_nobody(shared: ServerProcess) -> None:
    words = _server_of(shared).cmdline()
    assert "--log-retention=9D" in words
    assert not any(PASSWORD in word or _KEY in word for word in words)
    with shared.signed_in():
        pass
    assert PASSWORD not in shared.text


def test_a_browser_inherits_no_secrets(shared: ServerProcess, place: Path) -> None:
    found = (place / "surroundings").read_text()
    assert "PYTHONPATH" in found
    assert PASSWORD not in found
    assert _KEY not in found


def test_a_second_start_opens_the_page_of_the_first(shared: ServerProcess, place: Path) -> None:
    noted = place / "opened"
    before = len(noted.read_text().splitlines())
    with tray_process(shared.folder, _ANY_PORT) as second:
        assert second.wait() == 0
        assert second.text == "A tray runs already, and was asked to open its page.\n"
    _until(lambda: len(noted.read_text().splitlines()) > before)


def test_a_server_that_is_killed_is_said_and_started_again(shared: ServerProcess) -> None:
    child = _server_of(shared)
    before = shared.text.count("No backups yet")
    child.kill()
    shared.said("ended unexpectedly and is started again")
    _until(lambda: shared.text.count("No backups yet") > before)
    assert _server_of(shared).pid != child.pid


def test_a_server_that_cannot_start_is_told_in_its_own_words(folder: Path) -> None:
    with tray_process(folder, "--webservice-port=http") as tray:
        assert tray.wait() == 100
    assert "The server did not start: " in tray.text
    assert "ports are numbers up to 65535" in tray.text
    assert "started again" not in tray.text


def test_a_server_that_was_there_before_stays_when_the_tray_ends(folder: Path) -> None:
    with server_process(folder) as server:
        server.said("Server has started")
        with tray_process(folder) as tray:
            tray.said("No backups yet")
            assert psutil.Process(tray.process.pid).children() == []
            tray.stop()
            assert tray.process.returncode == 0
        assert server.process.poll() is None


def test_a_tray_that_only_connects_needs_a_desktop(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert run([f"--server-datafolder={folder}", "--no-hosted-server"], {}) == 100
    assert capsys.readouterr().err.startswith("ErrorID: TrayDesktopMissing\nNo icon can be shown")


def test_the_command_of_triplicati_is_the_same_program() -> None:
    words = [sys.executable, "-m", "triplicati.apps.main", "tray", "--help"]
    found = subprocess.run(words, env=surroundings(), capture_output=True, text=True, check=True)
    assert found.stdout.startswith("Usage: duplicati-tray")


def test_the_version_is_told_and_nothing_started(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([f"--server-datafolder={folder}", "--version"], {}) == 0
    assert re.fullmatch(r"Triplicati \d\S+\n", capsys.readouterr().out)
    assert not list(folder.iterdir())
