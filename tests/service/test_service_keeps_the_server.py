"""duplicati-service and a real server, both as processes (spec/server.md 10.1)."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from support.server_process import PASSWORD
from support.service_process import ServiceProcess, service_process

from triplicati.config.instance_lock import is_running
from triplicati.service.keeping import keep_running
from triplicati.service.options import Patience

KEY = "a key of the settings 1"
SECRETS = {"settings-encryption-key": KEY, "webservice-password": PASSWORD, "passwrod": PASSWORD}
ANY_PORT = "--webservice-port=0"
SOON = ("--restart-delay=0s", "--ping-interval=1s", "--ping-timeout=1s", "--ping-tries=2")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """One service for the tests that leave it running, with secrets. Ctrl-C ends it."""
    words = [f"--{name}={value}" for name, value in SECRETS.items()]
    folder = tmp_path_factory.mktemp("service") / "data"
    with service_process(folder, ANY_PORT, *SOON, *words, password=None) as service:
        service.started()
        yield service
        server = service.started(service.starts)
        service.stop(signal.SIGINT)
        assert service.process.returncode == 0
        assert not server.is_running()


def test_a_killed_server_is_started_again(shared: ServiceProcess) -> None:
    count = shared.starts
    first = shared.started(count)
    first.kill()
    second = shared.started(count + 1)
    assert second.pid != first.pid
    assert "was ended by signal 9. It is started again in 0 s." in shared.text
    assert httpx.get(f"{shared.newest_url}/health").text == "Healthy"


def test_a_server_that_hangs_is_noticed_killed_and_started_again(shared: ServiceProcess) -> None:
    count = shared.starts
    first = shared.started(count)
    first.send_signal(signal.SIGSTOP)
    second = shared.started(count + 1)
    assert not first.is_running()
    assert second.pid != first.pid
    assert "did not answer and was killed" in shared.text


def test_secrets_reach_the_server_but_no_list_of_processes(shared: ServiceProcess) -> None:
    told = Path(f"/proc/{shared.started(shared.starts).pid}/cmdline").read_text()
    assert ANY_PORT in told
    assert "--passwrod" in told
    answer = httpx.post(f"{shared.newest_url}/api/v1/auth/login", json={"Password": PASSWORD})
    assert answer.status_code == 200
    assert not (shared.folder / "settings.key").exists()  # the key was taken
    assert KEY not in told
    for text in (told, shared.text):
        assert PASSWORD not in text


def test_a_signal_ends_both_well(tmp_path: Path) -> None:
    with service_process(tmp_path / "data", ANY_PORT) as service:
        server = service.started()
        service.stop()
        assert service.process.returncode == 0
        assert not server.is_running()
        assert not is_running(tmp_path / "data")
        assert "duplicati-service:" not in service.text
        assert "pong" not in service.text


def test_a_server_that_does_not_end_is_killed(tmp_path: Path) -> None:
    with service_process(tmp_path / "data", ANY_PORT, "--stop-timeout=0s") as service:
        server = service.started()
        server.send_signal(signal.SIGSTOP)
        service.stop()
        assert service.process.returncode == 0
        assert not server.is_running()
        assert "did not end in time and was killed" in service.text


def test_the_server_ends_with_a_killed_service(tmp_path: Path) -> None:
    with service_process(tmp_path / "data", ANY_PORT) as service:
        server = service.started()
        service.process.kill()
        psutil.wait_procs([server], timeout=20)
        assert not server.is_running()
        assert not is_running(tmp_path / "data")


async def test_it_gives_up_when_no_start_succeeds(capfd: pytest.CaptureFixture[str]) -> None:
    told = 'print("ErrorID: InterfaceInvalid\\nThere is no such address", file=sys.stderr); sys.exit(100)'
    command = [sys.executable, "-S", "-c", f"import sys; {told}"]
    assert await keep_running(command, os.environ, Patience(restart_delay=0)) == 100
    text = capfd.readouterr().err
    assert text.count("ErrorID: InterfaceInvalid") == 6
    last = text.split("duplicati-service:")[-1]
    assert "given up" in last
    assert "InterfaceInvalid: There is no such address" in last


def test_what_another_start_would_not_mend_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    with service_process(tmp_path / "data", ANY_PORT, "--restart-delay=0s") as service:
        assert service.wait() == 100
    assert service.text.count("ErrorID: InsecureDataFolderPermissions") == 1
    assert "is not started again" in service.text


def test_a_first_password_is_set_without_starting_again(tmp_path: Path) -> None:
    words = ("--webservice-password-init=first password", "--restart-delay=0s")
    with service_process(tmp_path / "data", *words, password=None) as service:
        assert service.wait() == 102
    assert service.text.count("The password is set") == 1
    assert "is not started again" in service.text


def test_the_service_manager_hears_of_the_service(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        with service_process(tmp_path / "data", ANY_PORT, environment=environment) as service:
            heard = [manager.recv(1000).decode()]
            assert heard == ["WATCHDOG=1"]
            while not heard[-1].startswith("READY=1"):
                heard.append(manager.recv(1000).decode())
            server = service.started()
            assert heard[-1] == f"READY=1\nSTATUS=The server runs as process {server.pid}"
            surroundings = server.environ()
            assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC"} & surroundings.keys()
            service.stop()
            while heard[-1] == "WATCHDOG=1" or heard[-1].startswith("READY"):
                heard.append(manager.recv(1000).decode())
            assert heard[-1] == "STOPPING=1"


def test_it_waits_before_it_starts_again_and_a_signal_ends_the_wait(tmp_path: Path) -> None:
    with service_process(tmp_path / "data", ANY_PORT, "--restart-delay=1h") as service:
        service.started().kill()
        service.said("It is started again in 3600 s.")
        service.stop()
        assert service.process.returncode == 0


def test_a_wrong_length_of_time_is_refused(tmp_path: Path) -> None:
    with service_process(tmp_path / "data", "--ping-interval=soon") as service:
        assert service.wait() == 100
    assert 'ErrorID: UsageError\n--ping-interval: "soon" is not a valid length of time' in service.text
    assert not os.path.exists(tmp_path / "data")
