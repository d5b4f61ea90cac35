"""The rclone that runs beside: started once, ended with us however we end, and started anew when it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import trio
from support.conformance import Bytes, content_of

from triplicati.errors import DestinationError, DestinationProgramMissing
from triplicati.storage.rclone.program import USUAL, Flavour
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.rclone.texts import Asked

_SECRET = "the password of the remote"


def a_folder(path: Path, flavour: Flavour = USUAL) -> RcloneFolder:
    """A folder of this machine, which rclone speaks to as to any destination."""

    async def settle() -> Settings:
        return Settings("alias", {"remote": str(path), "description": _SECRET}, "")

    return RcloneFolder(f"rclone://{path}", Asked("rclone", "here", str(path)), settle, flavour)


def rclones_of(process: int) -> list[psutil.Process]:
    children = psutil.Process(process).children(recursive=True)
    return [each for each in children if each.name() == "rclone"]


def ended(process: psutil.Process, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


async def test_what_a_user_gives_rclone_to_keep_is_no_argument(tmp_path: Path) -> None:
    """Everybody reads the arguments of a process, and --rclone-option may hold a password."""
    given = ("--ftp-pass=hidden-1", "--s3-env-auth", "--sftp-key-pem", "hidden-2", "--bwlimit=20M")
    flavour = Flavour(own_settings=True, flags=given)

    async def settle() -> Settings:
        return Settings("", {}, f":local:{tmp_path}")

    await RcloneFolder("rclone://", Asked("rclone", "here", ""), settle, flavour).list()
    (rclone,) = rclones_of(os.getpid())
    words, environment = rclone.cmdline(), rclone.environ()
    assert words[-2:] == ["--s3-env-auth", "--bwlimit=20M"]
    assert "hidden" not in " ".join(words)
    assert (environment["RCLONE_FTP_PASS"], environment["RCLONE_SFTP_KEY_PEM"]) == ("hidden-1", "hidden-2")


def test_one_serves_all_and_ends_with_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")

    async def run() -> list[psutil.Process]:
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(a_folder(tmp_path).list)
        return rclones_of(os.getpid())

    (rclone,) = trio.run(run)
    assert ended(rclone)


def test_it_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    seen: list[Path] = []

    async def run() -> None:
        await a_folder(tmp_path).list()
        seen.extend(temporary.iterdir())

    trio.run(run)
    (folder,) = seen
    assert not list(temporary.iterdir())
    assert folder.parent == temporary


async def test_nothing_secret_is_in_its_arguments_or_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    await a_folder(tmp_path).list()
    (rclone,) = rclones_of(os.getpid())
    word = rclone.environ()["RCLONE_RC_PASS"]
    shown = [part for each in (rclone, *rclone.parents()) for part in each.cmdline()]
    assert not any(_SECRET in part or word in part for part in shown)
    (folder,) = tmp_path.glob("triplicati-rclone-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not any(_SECRET.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_a_killed_rclone_fails_calls_and_the_next_call_starts_another(tmp_path: Path) -> None:
    destination = a_folder(tmp_path)
    (tmp_path / "file").write_bytes(b"content")
    await destination.list()
    (rclone,) = rclones_of(os.getpid())
    upload = Bytes(tmp_path, content_of(12 << 20), stops_at=3)

    async def kill() -> None:
        await upload.reached.wait()
        rclone.send_signal(signal.SIGKILL)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(kill)
        with trio.fail_after(10), pytest.raises(DestinationError) as caught:
            await destination.put("new", upload)
    assert type(caught.value) is DestinationError  # the kind that is tried again
    assert "file" in {each.name for each in await destination.list()}
    (another,) = [each for each in rclones_of(os.getpid()) if each.status() != psutil.STATUS_ZOMBIE]
    assert another.pid != rclone.pid


_KILLED = """
import sys, trio
from pathlib import Path
from unit.storage.test_rclone_lifetime import a_folder, rclones_of

async def main():
    await a_folder(Path(sys.argv[1])).list()
    import os
    print(rclones_of(os.getpid())[0].pid, flush=True)
    await trio.sleep_forever()

trio.run(main)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_when_we_are_killed(tmp_path: Path, how: signal.Signals) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    tests = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*sys.path, str(tests)]),
        "TMPDIR": str(temporary),
    }
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path)], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as ours:  # fmt: skip
        assert ours.stdout is not None
        rclone = psutil.Process(int(ours.stdout.readline()))
        assert rclone.is_running()
        ours.send_signal(how)
        ours.wait(10)
    assert ended(rclone)
    until = time.monotonic() + 5
    while list(temporary.iterdir()) and time.monotonic() < until:
        time.sleep(0.01)
    assert not list(temporary.iterdir())


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    flavour = Flavour(executable=str(tmp_path / "no-rclone"))
    with pytest.raises(DestinationProgramMissing, match="no-rclone"):
        await a_folder(tmp_path, flavour).list()


async def test_a_program_that_is_no_rclone_says_what_it_said(tmp_path: Path) -> None:
    program = tmp_path / "rclone"
    program.write_text("#!/bin/sh\necho this is not it >&2\n")
    program.chmod(0o755)
    with pytest.raises(DestinationError, match="this is not it"):
        await a_folder(tmp_path, Flavour(executable=str(program))).list()


async def test_an_old_rclone_is_not_used(tmp_path: Path) -> None:
    """It would pass over settings in silence, among them which host key is right."""
    program = tmp_path / "rclone"
    source = Path(__file__).parents[2] / "support" / "old_rclone.py"
    program.write_text(f"#!{sys.executable}\n{source.read_text()}")
    program.chmod(0o755)
    with pytest.raises(DestinationProgramMissing, match=r"1\.64 or later.* is v1\.60\.1"):
        await a_folder(tmp_path, Flavour(executable=str(program))).list()


async def test_who_waits_for_its_start_may_stop(tmp_path: Path) -> None:
    with trio.move_on_after(0):
        await a_folder(tmp_path).list()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(a_folder(tmp_path).list)
        await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert await a_folder(tmp_path).list() == []
    assert len(rclones_of(os.getpid())) == 1


async def test_settings_that_hold_no_longer_are_found_anew(tmp_path: Path) -> None:
    asked = 0

    async def settle() -> Settings:
        nonlocal asked
        asked += 1
        return Settings("alias", {"remote": str(tmp_path), "description": str(asked)}, "", until=0.0)

    destination = RcloneFolder("rclone://here", Asked("rclone", "here", "there"), settle)
    await destination.list()
    await destination.list()
    assert asked == 2
