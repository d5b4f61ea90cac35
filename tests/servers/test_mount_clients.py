"""The command that serves a backup over WebDAV, with programs of others as its clients."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.command_line import environment_of, run_in
from support.engine import contents, make_tree, noise
from support.server_programs import free_port, program, running

pytestmark = pytest.mark.servers

PASSWORD = "correct horse"
NAMES = ["a", "b & c", "ünï", "per%41cent", "q?a#b;c"]


@contextmanager
def serving(tmp_path: Path, *words: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [
        sys.executable, "-m", "triplicati.apps.main", "webdav", str(tmp_path / "destination"),
        f"--port={port}", "--passphrase=secret", *words,
    ]  # fmt: skip
    environment = environment_of(tmp_path) | {"TRIPLICATI_WEBDAV_PASSWORD": PASSWORD}
    with running(command, port, tmp_path / "webdav.log", environment) as process:
        yield port, process


def rclone(port: int, *words: str) -> str:
    path = program("rclone", "rclone")
    hidden = subprocess.run([path, "obscure", PASSWORD], capture_output=True, check=True, text=True)
    options = [
        f"--webdav-url=http://127.0.0.1:{port}", "--webdav-user=triplicati",
        f"--webdav-pass={hidden.stdout.strip()}", "--config=", "--retries=1", "--timeout=20s",
    ]  # fmt: skip
    done = subprocess.run(
        [path, *words, *options], capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def back_up(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    folders = {f"{name}/{name}": noise(3_000, at) for at, name in enumerate(NAMES)}
    make_tree(source, {"large": noise(6_000_000), "empty": b"", **folders})
    words = ["backup", str(tmp_path / "destination"), str(source), "--passphrase=secret", "--dblock-size=2mb"]
    done = run_in(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    return source


def test_rclone_copies_a_version_and_finds_it_right(tmp_path: Path) -> None:
    source = back_up(tmp_path)
    with serving(tmp_path) as (port, _):
        rclone(port, "copy", f":webdav:latest{source}", str(tmp_path / "copy"))
        assert contents(tmp_path / "copy") == contents(source)
        rclone(port, "check", "--download", f":webdav:latest{source}", str(source))
        assert len(rclone(port, "lsf", ":webdav:").splitlines()) == 2


def test_without_a_local_database_a_temporary_one_is_made(tmp_path: Path) -> None:
    source = back_up(tmp_path)
    with serving(tmp_path, "--no-local-db") as (port, _):
        rclone(port, "copy", f":webdav:latest{source}", str(tmp_path / "copy"))
        assert contents(tmp_path / "copy") == contents(source)


def test_curl_reads_parts(tmp_path: Path) -> None:
    source = back_up(tmp_path)
    with serving(tmp_path) as (port, _):
        address = f"http://127.0.0.1:{port}/latest{source}/large"
        for part in ("0-99", "1048576-3000000", "-77"):
            words = [program("curl", "curl"), "-sf", "-u", f"triplicati:{PASSWORD}", "-r", part, address]
            got = subprocess.run(words, capture_output=True, check=True, timeout=30).stdout
            first, _, last = part.partition("-")
            content = (source / "large").read_bytes()
            assert got == (content[int(first) : int(last) + 1] if first else content[-int(last) :])


def test_ctrl_c_ends_it_in_the_middle_of_a_transfer(tmp_path: Path) -> None:
    source = back_up(tmp_path)
    with serving(tmp_path) as (port, process):
        address = f"http://127.0.0.1:{port}/latest{source}/large"
        words = [program("curl", "curl"), "-s", "-u", f"triplicati:{PASSWORD}", "--limit-rate", "1k", address]
        client = subprocess.Popen(words, stdout=subprocess.PIPE)
        try:
            assert client.stdout is not None
            assert client.stdout.read(1)
            began = time.monotonic()
            os.kill(process.pid, signal.SIGINT)
            assert process.wait(10) == 0
            assert time.monotonic() - began < 3
        finally:
            client.kill()
            client.wait()
            if client.stdout is not None:
                client.stdout.close()


def test_what_it_says_tells_how_to_get_in(tmp_path: Path) -> None:
    back_up(tmp_path)
    with serving(tmp_path) as (port, _):
        pass
    told = (tmp_path / "webdav.log").read_text()
    assert re.search(rf"dav://localhost:{port}/", told)
    assert PASSWORD not in told
    assert "secret" not in told
