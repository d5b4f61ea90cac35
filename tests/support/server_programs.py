"""Real servers as programs of their own: started on a free port of this machine, ended by their process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_START_SECONDS = 20


def program(name: str, package: str) -> str:
    """Fails the test where it is missing: these tests are never passed over."""
    beside = Path(sys.executable).parent / name
    found = (
        str(beside) if beside.exists() else shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    )
    assert found is not None, f"the program {name} is missing (apt install {package})"
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(
    command: list[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Until it listens on `port`; it and all that it started are ended afterwards."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
    try:
        _wait_for(process, port, log)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"{process.args!r} ended: {log.read_text(errors='replace')}"
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"{process.args!r} does not listen: {log.read_text(errors='replace')}")


@contextmanager
def rclone_serving(
    protocol: str, folder: Path, work: Path, *flags: str, user: str = "", password: str = ""
) -> Iterator[int]:
    """``rclone serve`` of a folder; gives its port. Its keys and caches are in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    port = free_port()
    signs_in = ["--user", user, "--pass", password] if user else []
    command = [
        program("rclone", "rclone"), "serve", protocol, str(folder), "--addr", f"127.0.0.1:{port}",
        "--vfs-cache-mode=off", "--dir-cache-time=0", *signs_in, *flags,
    ]  # fmt: skip
    environment = {"RCLONE_CONFIG": "", "RCLONE_CACHE_DIR": str(work / "cache")}
    with running(command, port, work / "rclone.log", environment):
        yield port
