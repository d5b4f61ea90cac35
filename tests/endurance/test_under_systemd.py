"""The unit of a user under a real systemd, which runs in a mount namespace where it finds what it wants.

Only the instance of a user: that of the system would clean the machine it finds itself on.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.endurance

# It refuses to run where the machine was not booted with it, and looks for this folder to know.
_START = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR" && chmod 700 "$XDG_RUNTIME_DIR"
/lib/systemd/systemd --user --log-target=console >"$HOME/systemd.log" 2>&1 &
for try in $(seq 100); do systemctl --user is-system-running >/dev/null 2>&1 && break; sleep 0.1; done
echo started
while read -r line; do eval "$line" 2>&1; echo "<$?>"; done
systemctl --user exit
"""


class Systemd:
    """A shell in which ``systemctl --user`` has somebody to talk to."""

    def __init__(self, shell: subprocess.Popen[str]) -> None:
        assert shell.stdin is not None
        assert shell.stdout is not None
        self._in, self._out = shell.stdin, shell.stdout

    def __call__(self, *words: str, code: int = 0) -> str:
        self._in.write(shlex.join(words) + "\n")
        self._in.flush()
        said: list[str] = []
        while not (line := self._out.readline()).startswith("<"):
            assert line, said
            said.append(line)
        assert line == f"<{code}>\n", "".join(said)
        return "".join(said)

    def show(self, name: str) -> str:
        return self("systemctl", "--user", "show", "triplicati", "-p", name, "--value").strip()

    def until(self, question: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not question():
            assert time.monotonic() < end, self("systemctl", "--user", "status", "triplicati", code=3)
            time.sleep(0.2)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    namespaces = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with subprocess.Popen(
        ["unshare", *namespaces, "bash", "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **kept,
            "HOME": str(tmp_path),
            "XDG_RUNTIME_DIR": f"/run/user/{os.getuid()}",
            "DUPLICATI_DATA_FOLDER": str(tmp_path / "data folder"),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    ) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == "started\n"
        yield Systemd(shell)
        assert shell.stdin is not None
        shell.stdin.close()
        shell.wait(30)


def triplicati(*words: str) -> tuple[str, ...]:
    return (str(Path(sys.executable).with_name("triplicati")), *words)


def test_a_unit_from_its_installation_to_its_removal(systemd: Systemd, tmp_path: Path) -> None:
    said = systemd(*triplicati("service", "install", "--user", "--start", "--webservice-port=0"))
    assert "It is started." in said
    systemd.until(lambda: systemd.show("StatusText").startswith("Listening on port "), 30)
    assert (systemd.show("ActiveState"), systemd.show("WatchdogUSec")) == ("active", "2min")
    status = systemd(*triplicati("service", "status", "--user"))
    assert "systemd says: active" in status
    assert f"data folder: {tmp_path / 'data folder'}" in status
    systemd(*triplicati("control", "health"))

    first = systemd.show("MainPID")
    systemd("kill", "-9", first)
    systemd.until(lambda: systemd.show("MainPID") not in ("0", first), 60)
    systemd.until(lambda: systemd.show("ActiveState") == "active", 30)
    assert systemd.show("NRestarts") == "1"
    systemd(*triplicati("control", "health"))

    systemd("systemctl", "--user", "restart", "triplicati")
    systemd("systemctl", "--user", "stop", "triplicati")
    assert (systemd.show("ActiveState"), systemd.show("Result")) == ("inactive", "success")
    assert systemd.show("ExecMainStatus") == "0"

    systemd("systemctl", "--user", "start", "triplicati")
    assert "removed: " in systemd(*triplicati("service", "uninstall", "--user"))
    systemd.until(lambda: systemd.show("LoadState") == "not-found", 10)
    assert (tmp_path / "data folder" / "Duplicati-server.sqlite").is_file()


def test_a_server_that_hangs_is_started_again(systemd: Systemd, tmp_path: Path) -> None:
    systemd(*triplicati("service", "install", "--user", "--no-start", "--webservice-port=0"))
    drop_in = tmp_path / ".config/systemd/user/triplicati.service.d"
    drop_in.mkdir()
    (drop_in / "soon.conf").write_text("[Service]\nWatchdogSec=6\nRestartSec=1\nTimeoutAbortSec=2\n")
    systemd("systemctl", "--user", "daemon-reload")
    systemd("systemctl", "--user", "start", "triplicati")
    first = systemd.show("MainPID")
    systemd("kill", "-STOP", first)
    systemd.until(lambda: systemd.show("NRestarts") == "1" and systemd.show("ActiveState") == "active", 60)
    assert systemd.show("MainPID") not in ("0", first)
    systemd(*triplicati("service", "uninstall", "--user"))
