"""A backup to one real server with copies on two others, over lines that fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
import trio
from support.bad_line import Line, bad_line
from support.command_line import PASSPHRASE, environment_of
from support.engine import contents, make_tree, noise
from support.s3_server import rclone_server
from support.sftp_server import sshd
from support.webdav_server import PASSWORD, USER, apache

pytestmark = pytest.mark.servers
MIB = 1 << 20


class Three:
    """SFTP with copies in WebDAV (1) and S3 (2)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "source"
        self.lines: list[Line] = []
        self.urls: list[str] = []
        self.places: list[Path] = []
        make_tree(self.source, {f"f{number:02}": noise(400_000, number) for number in range(20)})

    @property
    def words(self) -> list[str]:
        targets = [{"url": url, "backend-retries": 4, "backend-retry-delay": 0} for url in self.urls[1:]]
        config = json.dumps({"destinations": targets})
        options = ["--number-of-retries=5", "--retry-delay=0s", "--dblock-size=1mb", "--blocksize=100kb"]
        return [f"--remote-sync-json-config={config}", *options]

    def command(self, name: str, *words: str) -> list[str]:
        return [sys.executable, "-m", "triplicati.apps.cli", name, self.urls[0], *words, *self.words]

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.folder, PASSPHRASE=PASSPHRASE)

    async def run(self, name: str, *words: str, code: int = 0) -> str:
        with trio.fail_after(120):
            done = await trio.run_process(
                self.command(name, *words), env=self.environment, capture_stdout=True, capture_stderr=True,
                check=False,
            )  # fmt: skip
        told = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == code, told
        return told

    def held(self) -> list[dict[str, int]]:
        """Sizes by name at each place."""
        return [
            {each.name: each.stat().st_size for each in place.iterdir()} if place.exists() else {}
            for place in self.places
        ]


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    three = Three(tmp_path)
    with ExitStack() as stack:
        ssh = stack.enter_context(sshd(tmp_path / "sshd"))
        dav = stack.enter_context(apache())
        s3 = stack.enter_context(rclone_server(tmp_path))
        s3.make_bucket("bucket")
        assert s3.folder is not None
        async with AsyncExitStack() as lines:
            for port in (ssh.port, dav.port, s3.port):
                three.lines.append(await lines.enter_async_context(bad_line(port)))
            first, second, third = (line.port for line in three.lines)
            key = quote(str(ssh.user_key), safe="")
            named = {name: value for name, value in s3.options.items() if name != "s3-server-name"}
            query = "&".join(f"{name}={quote(value or '')}" for name, value in named.items())
            three.urls = [
                f"ssh://{ssh.user}@127.0.0.1:{first}{quote(str(tmp_path / 'there'))}"
                f"?ssh-keyfile={key}&ssh-accept-any-fingerprints=true",
                f"webdav://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{second}/files/there",
                f"s3://bucket/there?s3-server-name=127.0.0.1:{third}&{query}",
            ]
            three.places = [tmp_path / "there", dav.folder / "there", s3.folder / "bucket" / "there"]
            yield three


async def test_each_place_is_whole_after_kills(three: Three) -> None:
    for line in three.lines:
        line.rate = 6 * MIB
    for _ in range(2):
        with (three.folder / "log").open("wb") as log:
            command = three.command("backup", str(three.source))
            process = subprocess.Popen(  # noqa: ASYNC220 - it starts at once
                command, env=three.environment, stdout=log, stderr=log
            )
        begin = three.lines[1].carried
        with trio.fail_after(60):
            while three.lines[1].carried < begin + MIB:
                assert process.poll() is None, (three.folder / "log").read_text()
                await trio.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        await trio.to_thread.run_sync(process.wait)
    for line in three.lines:
        line.rate = float("inf")
    await three.run("backup", str(three.source))
    first, *copies = three.held()
    assert first
    assert copies == [first, first]
    for number in (0, 1, 2):
        back = three.folder / f"back{number}"
        await three.run("restore", f"--restore-path={back}", f"--use-copy={number}")
        assert contents(back) == contents(three.source)
        await three.run("test", "all", f"--use-copy={number}")


async def test_a_silent_copy_never_fails_the_backup(three: Three) -> None:
    await three.run("backup", str(three.source))
    (three.source / "f00").write_bytes(noise(300_000, 99))
    three.lines[1].silent = True
    told = await three.run(
        "backup", str(three.source), "--read-write-timeout=1s", "--short-timeout=1s", "--list-timeout=1s",
        code=2,
    )  # fmt: skip
    assert "The backup is stored, but could not be copied to webdav://" in told
    first, second, third = three.held()
    assert first == third != second
    three.lines[1].silent = False
    await three.lines[1].drop_all()
    (three.source / "f01").write_text("other")
    await three.run("backup", str(three.source))
    first, second, third = three.held()
    assert first == second == third


async def test_what_was_lost_comes_back_over_the_line(three: Three) -> None:
    await three.run("backup", str(three.source))
    before = three.held()[0]
    for path in list(three.places[0].iterdir())[::2]:
        path.unlink()
    told = await three.run("repair")
    assert "Brought back from a copy" in told
    assert three.held()[0] == before
    await three.run("test", "all")
