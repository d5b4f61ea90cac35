"""A backup over a bad line, on a real server of each family: killed, cut off, stopped, restored."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
import trio
from support.azure_server import azure_server
from support.bad_line import Line, bad_line
from support.command_line import PASSPHRASE, environment_of
from support.engine import contents, make_tree, noise
from support.ftp_server import vsftpd
from support.s3_server import rclone_server
from support.sftp_server import sshd
from support.smb_server import PASSWORD, smbd
from support.webdav_server import PASSWORD as DAV_PASSWORD
from support.webdav_server import USER as DAV_USER
from support.webdav_server import apache

pytestmark = pytest.mark.servers
MIB = 1 << 20


class Server(msgspec.Struct):
    """`url` of a folder for the port of a line to the server at `port`. `carries`: its data goes through
    that same connection."""

    port: int
    url: Callable[[int], str]
    options: list[str] = []
    carries: bool = True


def sftp_server(folder: Path) -> Iterator[Server]:
    with sshd(folder / "sshd") as server:
        place = quote(str(folder / "there"))
        yield Server(
            server.port,
            lambda port: f"ssh://{server.user}@127.0.0.1:{port}{place}",
            [f"--ssh-keyfile={server.user_key}", "--ssh-accept-any-fingerprints"],
        )


def webdav_server(folder: Path) -> Iterator[Server]:
    with apache() as server:
        login = [f"--auth-username={DAV_USER}", f"--auth-password={DAV_PASSWORD}"]
        yield Server(server.port, lambda port: f"webdav://127.0.0.1:{port}/files/there", login)


def ftp_server(folder: Path) -> Iterator[Server]:
    (folder / "served").mkdir()
    with vsftpd(folder / "served", folder) as port:
        yield Server(port, lambda port: f"ftp://127.0.0.1:{port}/there", carries=False)


def smb_server(folder: Path) -> Iterator[Server]:
    (folder / "served").mkdir()
    with smbd(folder / "served", folder) as port:
        who = f"{getpass.getuser()}:{quote(PASSWORD)}"
        yield Server(port, lambda port: f"smb://{who}@127.0.0.1:{port}/files/there")


def s3_server(folder: Path) -> Iterator[Server]:
    with rclone_server(folder) as server:
        server.make_bucket("bucket")
        given = {name: value for name, value in server.options.items() if name != "s3-server-name"}
        options = [f"--{name}={value}" for name, value in given.items()]
        yield Server(server.port, lambda port: f"s3://bucket/there?s3-server-name=127.0.0.1:{port}", options)


def blob_server(folder: Path) -> Iterator[Server]:
    with azure_server(folder) as server:
        given = {name: value for name, value in server.options.items() if name != "azure-endpoint"}
        options = [f"--{name}={value}" for name, value in given.items()]

        def url(port: int) -> str:
            endpoint = server.url.replace(str(server.port), str(port))
            return f"azure://cycles?azure-endpoint={quote(endpoint, safe='')}"

        yield Server(server.port, url, options)


SERVERS = {
    "sftp": sftp_server,
    "webdav": webdav_server,
    "ftp": ftp_server,
    "smb": smb_server,
    "s3": s3_server,
    "azure": blob_server,
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    yield from SERVERS[request.param](tmp_path)


class Backup:
    """Of some twelve megabytes, over a line."""

    def __init__(self, folder: Path, server: Server, line: Line) -> None:
        self.folder = folder
        self.source = folder / "source"
        self.server = server
        self.url = server.url(line.port)
        make_tree(self.source, {f"f{number:02}": noise(400_000, number) for number in range(30)})

    def command(self, name: str, *words: str) -> list[str]:
        options = [*self.server.options, "--number-of-retries=8", "--retry-delay=0s", "--dblock-size=1mb"]
        program = [sys.executable, "-m", "triplicati.apps.cli", name, self.url, *words]
        return [*program, "--blocksize=100kb", *options]

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.folder, PASSPHRASE=PASSPHRASE)

    async def run(self, name: str, *words: str, code: int | None = 0) -> str:
        with trio.fail_after(120):
            done = await trio.run_process(
                self.command(name, *words),
                env=self.environment,
                capture_stdout=True,
                capture_stderr=True,
                check=False,
            )
        told = done.stdout.decode() + done.stderr.decode()
        assert code is None or done.returncode == code, told
        return told

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(self.command(name, *words), env=self.environment, stdout=log, stderr=log)

    async def assert_whole(self) -> None:
        back = self.folder / f"back-{time.monotonic_ns()}"
        await self.run("restore", f"--restore-path={back}", "--no-local-db")
        assert contents(back) == contents(self.source)
        assert "Nothing to repair" in await self.run("repair")
        await self.run("test", "all")


async def until(line: Line, carried: int, process: subprocess.Popen[bytes]) -> None:
    """So much more has gone over the line."""
    begin = line.carried
    with trio.fail_after(60):
        while line.carried < begin + carried:
            assert process.poll() is None
            await trio.sleep(0.01)


async def test_killed_backups_go_on(server: Server, tmp_path: Path) -> None:
    async with bad_line(server.port) as line:
        backup = Backup(tmp_path, server, line)
        line.rate, line.latency = 6 * MIB, 0.005
        for _ in range(2):
            process = backup.start("backup", str(backup.source))
            await until(line, 2 * MIB if server.carries else 3_000, process)
            os.kill(process.pid, signal.SIGKILL)
            await trio.to_thread.run_sync(process.wait)
        line.rate = float("inf")
        await backup.run("backup", str(backup.source))
        await backup.assert_whole()


async def test_a_line_that_breaks_again_and_again(server: Server, tmp_path: Path) -> None:
    async with bad_line(server.port) as line:
        backup = Backup(tmp_path, server, line)
        line.drop_after = 1.6 * MIB if server.carries else 2_500
        await backup.run("backup", str(backup.source))
        assert line.dropped
        back = tmp_path / "back"
        await backup.run("restore", f"--restore-path={back}", "--no-local-db")
        assert contents(back) == contents(backup.source)
        line.drop_after = float("inf")
        await backup.assert_whole()


async def test_a_stop_ends_within_two_seconds_also_on_a_silent_line(server: Server, tmp_path: Path) -> None:
    async with bad_line(server.port) as line:
        backup = Backup(tmp_path, server, line)
        line.rate = 4 * MIB
        for silent in (False, True):
            process = backup.start("backup", str(backup.source))
            await until(line, MIB if server.carries else 2_000, process)
            line.silent = silent
            if silent:
                await trio.sleep(0.5)
            asked = time.monotonic()
            process.send_signal(signal.SIGINT)
            await trio.to_thread.run_sync(process.wait)
            assert time.monotonic() - asked < 2.5, (tmp_path / "log").read_text()
        line.silent, line.rate = False, float("inf")
        await line.drop_all()
        await backup.run("backup", str(backup.source))
        await backup.assert_whole()


async def test_a_silent_line_is_given_up_and_tried_again(server: Server, tmp_path: Path) -> None:
    async with bad_line(server.port) as line:
        backup = Backup(tmp_path, server, line)
        line.rate = 4 * MIB
        process = backup.start("backup", str(backup.source), "--read-write-timeout=2s", "--short-timeout=2s")
        await until(line, MIB if server.carries else 2_000, process)
        line.silent = True
        await trio.sleep(3)
        line.silent, line.rate = False, float("inf")
        await line.drop_all()
        with trio.fail_after(90):
            status = await trio.to_thread.run_sync(process.wait, abandon_on_cancel=True)
        assert status == 0, (tmp_path / "log").read_text()
        await backup.assert_whole()
