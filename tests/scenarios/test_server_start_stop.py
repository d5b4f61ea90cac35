"""duplicati-server from its start to its end, as a real process (spec/server.md 1)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
import trio.testing
from support.server_process import PASSWORD, ServerProcess, server_process
from support.terminal import start

from triplicati.apps.server.other_start import hand_over_to
from triplicati.config.instance_lock import FOLDER, PORT, told_port

_MOST_MEMORY = 90 * 2**20
_PATHS = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _setting(folder: Path, name: str) -> str:
    with contextlib.closing(sqlite3.connect(folder / "Duplicati-server.sqlite")) as connection:
        query = "SELECT Value FROM Option WHERE BackupID = -2 AND Name = ?"
        row = connection.execute(query, (name,)).fetchone()
    return "" if row is None else str(row[0])


def test_it_starts_answers_and_ends(tmp_path: Path) -> None:
    with server_process(tmp_path / "data") as server:
        assert httpx.get(f"{server.url}/health").text == "Healthy"
        assert told_port(tmp_path / "data") == server.port
        with server.signed_in() as client:
            assert client.get("/api/v1/backups").json() == []
        assert server.stop() < 3
        assert server.process.returncode == 0
    data = tmp_path / "data"
    # While it ends it does not listen any more, and somebody else may.
    assert not (data / FOLDER / PORT).exists()
    assert data.stat().st_mode & 0o777 == 0o700
    for name in ("Duplicati-server.sqlite", "settings.key", "triplicati.json"):
        assert (data / name).stat().st_mode & 0o077 == 0, name
    assert _setting(data, "last-webserver-port") == str(server.port)
    assert PASSWORD not in server.text


def _connected(server: ServerProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def _request(path: str, server: ServerProcess) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_time_whatever_clients_do(tmp_path: Path, number: int) -> None:
    with server_process(tmp_path / "data", "--grace-period=2s", "--configure-https") as server:
        plain = _connected(server)  # a TLS handshake that never comes
        half = _connected(server)
        half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        idle = context.wrap_socket(_connected(server))
        idle.sendall(_request("/health", server))
        assert b"200" in idle.recv(1000)
        events = context.wrap_socket(_connected(server))
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        head = f"GET /notifications HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{upgrade}{key}\r\n"
        events.sendall(head.encode())
        assert b"101" in events.recv(1000)
        stalled = context.wrap_socket(_connected(server))
        for _ in range(400):
            with contextlib.suppress(OSError):
                stalled.settimeout(0.5)
                stalled.sendall(_request("/index.html", server))
        assert server.stop(number) < 4.5
        assert server.process.returncode == 0
        for each in (plain, half, idle, events, stalled):
            each.close()


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with server_process(tmp_path / "data", "--grace-period=60s") as server:
        stalled = _connected(server)
        stalled.sendall(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        assert server.stop() < 2
        stalled.close()


def test_a_second_one_on_the_same_folder_is_told_of_the_first(tmp_path: Path) -> None:
    with server_process(tmp_path / "data", "--log-console") as first:
        assert first.port
        with server_process(tmp_path / "data") as second:
            assert second.wait() == 100
            assert "ErrorID: OtherInstance" in second.text
            assert str(first.process.pid) in second.text
        first.said("AnotherStart", 5)
        assert httpx.get(f"{first.url}/health").text == "Healthy"


def test_a_taken_port_says_by_whom_and_the_next_one_is_tried(tmp_path: Path) -> None:
    with server_process(tmp_path / "data", "--webservice-api-only") as first:
        with server_process(tmp_path / "other", port=first.port) as second:
            assert second.wait() == 100
            assert "Triplicati server that runs already" in second.text
            assert f"(process {first.process.pid})" in second.text
            assert "--webservice-port=" in second.text
        with server_process(tmp_path / "other", f"--webservice-port={first.port},0", port=None) as third:
            assert third.port != first.port
    taken = socket.create_server(("127.0.0.1", 0))
    with taken, server_process(tmp_path / "data", port=taken.getsockname()[1]) as fourth:
        assert fourth.wait() == 100
        assert f"(process {os.getpid()})" in fourth.text


def test_https_with_an_authority_of_its_own(tmp_path: Path) -> None:
    options = ("--configure-https", "--configure-https-hostnames=backup.example")
    with server_process(tmp_path / "data", *options) as server:
        port = server.port
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        assert httpx.get(f"https://127.0.0.1:{port}/health", verify=context).text == "Healthy"
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/health")
        certificate = ssl.get_server_certificate(("127.0.0.1", port))
        server.stop()
    stored = _setting(tmp_path / "data", "server-ssl-certificate")
    assert stored.startswith("enc-v1:")
    with server_process(tmp_path / "data") as server:  # it stays
        assert ssl.get_server_certificate(("127.0.0.1", server.port)) == certificate


def test_reachable_from_outside_is_worth_a_warning(tmp_path: Path) -> None:
    with server_process(tmp_path / "data", "--webservice-interface=any") as server:
        server.said("ReachableFromOutside")
        assert "0.0.0.0" in server.text
    with server_process(tmp_path / "data") as server:  # the setting stays
        server.said("ReachableFromOutside")
    with server_process(tmp_path / "data", "--webservice-interface=everywhere") as server:
        assert server.wait() == 100
        assert "InterfaceInvalid" in server.text


def test_a_first_password_once(tmp_path: Path) -> None:
    option = "--webservice-password-init=first"
    with server_process(tmp_path / "data", option, password=None) as server:
        assert server.wait() == 102
        assert "The password is set" in server.text
    with server_process(tmp_path / "data", option, password=None) as server:
        assert server.wait() == 103
        assert "change-password" in server.text
    with server_process(tmp_path / "data", password=None) as server, server.signed_in("first"):
        pass


def test_the_link_to_sign_in_is_only_for_who_started_it(tmp_path: Path) -> None:
    with server_process(tmp_path / "data", password=None) as server:
        server.said("sign-in-link")
        assert "token=" not in server.text
    environment = {
        "DUPLICATI_DATA_FOLDER": str(tmp_path / "data"),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DISPLAY": "",
    }
    words = ["-c", "from triplicati.apps.server import main; main()", "--webservice-port=0"]
    terminal = start(words, {**os.environ, **environment})
    try:
        terminal.wait_for("ssh -L")
        found = terminal.shown.split("Sign in, once and within an hour: ")[1].split()[0]
        token = found.partition("token=")[2]
        base = f"http://127.0.0.1:{httpx.URL(found).port}"
        for status in (200, 401):  # once
            answer = httpx.post(f"{base}/api/v1/auth/signin", json={"SigninToken": token})
            assert answer.status_code == status
        os.kill(terminal.process, signal.SIGTERM)
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_pings_of_the_service_that_started_it(tmp_path: Path) -> None:
    for last in ("shutdown\n", ""):
        with server_process(
            tmp_path / "data", "--ping-pong-keepalive=true", stdin=subprocess.PIPE
        ) as server:
            assert server.port
            assert server.process.stdin is not None
            server.process.stdin.write("ping\n")
            server.process.stdin.flush()
            server.said("pong", 5)
            server.process.stdin.write(last)
            server.process.stdin.close()
            assert server.wait(10) == 0


def test_a_service_manager_is_told_of_start_life_and_end(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(20)
        environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "400000"}
        with server_process(tmp_path / "data", environment=environment) as server:
            heard = [manager.recv(1000).decode()]
            while not any("READY=1" in text for text in heard):
                heard.append(manager.recv(1000).decode())
            assert httpx.get(f"{server.url}/health").status_code == 200
            while sum("WATCHDOG=1" in text for text in heard) < 3:
                heard.append(manager.recv(1000).decode())
            server.stop()
            while "STOPPING=1" not in heard[-1]:
                heard.append(manager.recv(1000).decode())


def test_wrong_options_are_told(tmp_path: Path) -> None:
    with server_process(tmp_path / "data", "--webservice-prot=1", "--disable-update-check") as server:
        server.said("webservice-prot is not supported")
        assert "Did you mean --webservice-port?" in server.text
    with server_process(tmp_path / "data", "--webservice-port=http", port=None) as server:
        assert server.wait() == 100
        assert "ErrorID: InvalidValue" in server.text
    with server_process(tmp_path / "data", "--help") as server:
        assert server.wait() == 0
        assert "--webservice-interface" in server.text
        assert "--adopt" in server.text


def test_idle_it_is_small_and_sleeps(tmp_path: Path) -> None:
    """With one saved backup and nobody connected."""
    source = tmp_path / "source"
    source.mkdir()
    with server_process(tmp_path / "data") as server:
        with server.signed_in() as client:
            backup = {
                "Name": "Docs",
                "TargetURL": (tmp_path / "target").as_uri(),
                "Sources": [f"{source}/"],
                "Settings": [{"Name": "passphrase", "Value": "x"}],
            }
            schedule = {"Repeat": "1D", "Time": "2040-01-01T00:00:00Z"}
            answer = client.post("/api/v1/backups", json={"Backup": backup, "Schedule": schedule})
            assert answer.status_code == 200, answer.text
        process = psutil.Process(server.process.pid)
        time.sleep(1)
        before = process.num_ctx_switches()
        time.sleep(3)
        after = process.num_ctx_switches()
        assert after.voluntary - before.voluntary <= 5
        assert process.memory_info().rss < _MOST_MEMORY


def test_an_interface_that_does_not_work_is_not_kept(tmp_path: Path) -> None:
    """Else each further start would fail, although nobody asks for it any more."""
    data = tmp_path / "data"
    for wrong in ("nonsense", "192.0.2.1"):
        with server_process(data, f"--webservice-interface={wrong}") as server:
            assert server.wait() == 100
            assert "--webservice-interface" in server.text
            assert "Traceback" not in server.text
    with server_process(data, "--webservice-enable-folder-status-service") as server:
        with server.signed_in() as client:
            assert client.get("/api/v1/folderstatus").json() == []
        assert _setting(data, "server-listen-interface") == ""
    with server_process(data, "--webservice-interface=127.0.0.1") as server:
        assert server.port
        assert _setting(data, "server-listen-interface") == "127.0.0.1"


def test_settings_of_an_administrator_hold_for_every_job(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "triplicati.json").write_text("{}")
    path = data / "preload.json"
    path.write_text('{"db": {"server": {"--keep-versions": "7"}}, "args": {"server": ["--log-console"]}}')
    path.chmod(0o600)
    with server_process(data) as server, server.signed_in() as client:
        assert client.get("/api/v1/serversettings").json()["--keep-versions"] == "7"
        assert "ServerStarted" in server.text  # a line of the level Information, on the console
        assert client.patch("/api/v1/serversettings", json={"--keep-versions": "9"}).status_code == 200
    with server_process(data) as server, server.signed_in() as client:  # what a user changed stays
        assert client.get("/api/v1/serversettings").json()["--keep-versions"] == "9"


def test_what_few_need_is_loaded_when_it_is_needed() -> None:
    code = "import sys, triplicati.apps.server.run; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_PATHS)
    loaded = set(run.stdout.split())
    assert "quart" in loaded
    assert not {"obstore", "httpx", "rich", "boto3", "apprise", "keyring"} & loaded


def test_a_nudge_while_it_starts_does_not_end_it(tmp_path: Path) -> None:
    """A second start ended the first by the signal that only tells of it, when that did not listen yet."""
    code = (
        "import os, signal\n"
        "import triplicati.apps.server.run as run\n"
        "async def start(options):\n"
        "    os.kill(os.getpid(), signal.SIGUSR2)\n"
        "    return 7\n"
        "run.run_server = start\n"
        "from triplicati.apps.server.main import main\n"
        "main()\n"
    )
    words = [sys.executable, "-c", code, f"--server-datafolder={tmp_path / 'data'}"]
    assert subprocess.run(words, env=_PATHS, check=False, timeout=60).returncode == 7


async def test_no_signal_for_a_process_that_is_no_server(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    """The number in the lock may be that of a server in a container, and here of anything else."""
    (tmp_path / "control_dir_v2").mkdir()
    stranger = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - at once
    with stranger:
        assert not await hand_over_to(tmp_path, ["--x"], str(stranger.pid))
        assert stranger.stdin is not None
        stranger.stdin.close()
        assert stranger.wait(20) == 0


@pytest.mark.parametrize("output", ["/dev/full", "closed pipe"])
def test_it_runs_although_nobody_can_read_what_it_says(tmp_path: Path, output: str) -> None:
    """It did not start with its log on a full disk."""
    reader, writer = os.pipe()
    os.close(reader)
    if output != "closed pipe":
        os.close(writer)
        writer = os.open(output, os.O_WRONLY)
    words = [f"--server-datafolder={tmp_path / 'data'}", "--webservice-port=0", "--ping-pong-keepalive=true"]
    code = "from triplicati.apps.server import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], env=_PATHS, stdin=subprocess.PIPE, stdout=writer
    )
    os.close(writer)
    with process:
        assert process.stdin is not None
        # Read once it has started.
        process.stdin.write(b"shutdown\n")
        process.stdin.close()
        assert process.wait(30) == 0
