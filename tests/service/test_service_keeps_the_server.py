"""duplicati-service and a real server, both as processes (spec/server.md 10.1)."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import httpx
import psutil
import pytest
from support.service_process import service_process

from triplicati.config.instance_lock import is_running

ANY_PORT = "--webservice-port=0"
SOON = ("--restart-delay=0s", "--ping-interval=1s", "--ping-timeout=1s", "--ping-tries=2")


def test_a_killed_server_is_started_again(tmp_path: Path) -> None:
    with service_process(tmp_path / "data", ANY_PORT, *SOON) as service:
        first = service.started()
        first.kill()
        second = service.started(2)
        assert second.pid != first.pid
        assert "was ended by signal 9. It is started again in 0 s." in service.text
        assert httpx.get(f"{service.newest_url}/health").text == "Healthy"


def test_a_server_that_hangs_is_noticed_killed_and_started_again(tmp_path: Path) -> None:
    with service_process(tmp_path / "data", ANY_PORT, *SOON) as service:
        first = service.started()
        first.send_signal(signal.SIGSTOP)
        second = service.started(2)
        assert not first.is_running()
        assert second.pid != first.pid
        assert "did not answer and was killed" in service.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both_well(tmp_path: Path, number: int) -> None:
    with service_process(tmp_path / "data", ANY_PORT) as service:
        server = service.started()
        service.stop(number)
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


def test_it_gives_up_when_no_start_succeeds(tmp_path: Path) -> None:
    # An address that this computer has not got, for it may get it from its network.
    words = (ANY_PORT, "--webservice-interface=192.0.2.1", "--restart-delay=0s")
    with service_process(tmp_path / "data", *words) as service:
        assert service.wait(60) == 100
    assert service.text.count("ErrorID: InterfaceInvalid") == 6
    last = service.text.split("duplicati-service:")[-1]
    assert "given up" in last
    assert 'InterfaceInvalid: "192.0.2.1" is no address' in last


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


def test_secrets_reach_the_server_but_no_list_of_processes(tmp_path: Path) -> None:
    key, password = "a key of the settings 1", "the password of the page"
    options = {"settings-encryption-key": key, "webservice-password": password, "passwrod": password}
    words = [f"--{name}={value}" for name, value in options.items()]
    with service_process(tmp_path / "data", ANY_PORT, *words, password=None) as service:
        server = service.started()
        told = Path(f"/proc/{server.pid}/cmdline").read_text()
        assert ANY_PORT in told
        assert "--passwrod" in told
        assert key not in told
        assert password not in told
        with service.signed_in(password) as client:
            assert client.get("/api/v1/backups").json() == []
        assert not (tmp_path / "data" / "settings.key").exists()  # the key was taken
    assert password not in service.text


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
    assert "ErrorID: InvalidValue" in service.text
    assert not os.path.exists(tmp_path / "data")
