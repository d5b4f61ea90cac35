"""Two programs want one destination at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from support.command_line import PASSPHRASE, Done, environment_of, run_in
from support.daemons import a_backup, a_daemon, at_speed, finished
from support.engine import noise


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").write_bytes(noise(3_000_000))
    return tmp_path


@contextmanager
def slow_backup(folder: Path, *words: str, home: str = "home") -> Iterator[subprocess.Popen[str]]:
    """It uploads for as long as the body runs."""
    command = ["backup", "dest", "source", "--throttle-upload=10kb", *words]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "triplicati.apps.cli", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment_of(folder, PASSPHRASE=PASSPHRASE, DUPLICATI_HOME=str(folder / home)),
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("  Uploading file"):
                break
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


def backup(folder: Path, dest: str, home: str) -> Done:
    return run_in(folder, "backup", dest, "source", PASSPHRASE=PASSPHRASE, DUPLICATI_HOME=str(folder / home))


@pytest.mark.parametrize(
    ("dest", "home"), [("dest", "home"), ("./link", "other"), ("file://{folder}/dest/", "other")]
)
def test_two_command_lines(folder: Path, dest: str, home: str) -> None:
    (folder / "dest").mkdir()
    (folder / "link").symlink_to(folder / "dest")
    with slow_backup(folder) as first:
        done = backup(folder, dest.format(folder=folder), home)
        assert done.returncode == 100
        assert "ErrorID: InUseElsewhere" in done.stderr
        assert f"(process {first.pid}), Backup since " in done.stderr
        assert "is in use by" in done.stderr
        listed = run_in(folder, "list", "dest", PASSPHRASE=PASSPHRASE, DUPLICATI_HOME=str(folder / home))
        assert "InUseElsewhere" not in listed.stderr  # reading takes nothing
    assert backup(folder, dest.format(folder=folder), "home").returncode == 0


def test_another_prefix_is_another_destination(folder: Path) -> None:
    with slow_backup(folder):
        words = ("backup", "dest", "source", "--prefix=other")
        done = run_in(folder, *words, PASSPHRASE=PASSPHRASE, DUPLICATI_HOME=str(folder / "other"))
        assert done.returncode == 0, done.stderr


def test_one_database_for_two_destinations(folder: Path) -> None:
    database = f"--dbpath={folder / 'one.sqlite'}"
    with slow_backup(folder, database) as first:
        words = ("backup", "other-dest", "source", database)
        done = run_in(folder, *words, PASSPHRASE=PASSPHRASE, DUPLICATI_HOME=str(folder / "other"))
        assert "ErrorID: InUseElsewhere" in done.stderr
        assert f"The local database {folder / 'one.sqlite'} is in use by" in done.stderr
        assert f"(process {first.pid})" in done.stderr


async def test_daemon_and_command_line(folder: Path) -> None:
    async with a_daemon(folder / "data") as daemon:
        saved = a_backup(folder, passphrase=None)
        number = await daemon.store.add_backup(saved)
        await at_speed(daemon, "10KB")
        task = await daemon.start(number, "Backup")
        with trio.fail_after(30):
            while task.report is None or not task.report.progress.transfers:
                await trio.sleep(0.02)
        words = ("backup", saved.target_url, "source", "--no-encryption")
        done = await trio.to_thread.run_sync(lambda: run_in(folder, *words))
        assert "ErrorID: InUseElsewhere" in done.stderr
        await at_speed(daemon)
        assert (await finished(task)).parsed == "Success"


async def test_a_run_of_the_daemon_is_refused(folder: Path) -> None:
    async with a_daemon(folder / "data") as daemon:
        saved = a_backup(folder, passphrase=None)
        number = await daemon.store.add_backup(saved)
        target = Path(saved.target_url.removeprefix("file://"))
        target.mkdir()
        (folder / "dest").symlink_to(target)
        with slow_backup(folder, "--no-encryption") as first:
            task = await finished(await daemon.start(number, "Backup"))
            assert (task.parsed, task.error_id) == ("Fatal", "InUseElsewhere")
            assert f"process {first.pid}" in task.error


def test_another_machine_shows_by_its_version(folder: Path) -> None:
    """It has its own database and its own locks; what it writes is seen at the next run."""
    for home in ("one", "two"):
        done = backup(folder, "dest", home)
        assert done.returncode == 0, done.stderr
        (folder / "source" / home).write_text(home)
    done = backup(folder, "dest", "one")
    assert "ErrorID: OutdatedDatabase" in done.stderr
    assert "a destination has one owner only" in done.stderr
    repaired = run_in(folder, "repair", "dest", PASSPHRASE=PASSPHRASE, DUPLICATI_HOME=str(folder / "one"))
    assert repaired.returncode == 0
    assert backup(folder, "dest", "one").returncode == 0
