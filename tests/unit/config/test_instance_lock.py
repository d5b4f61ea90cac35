"""One server per data folder, with real processes (spec/server.md 1.7)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from triplicati.config.instance_lock import FOLDER, LOCK, hand_over, instance_lock, take_words
from triplicati.errors import InstanceLockUnusable, OtherInstance

HOLDER = """
import sys
from pathlib import Path
from triplicati.config.instance_lock import instance_lock
with instance_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_second_is_told_who_is_the_first(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        with pytest.raises(OtherInstance) as caught, instance_lock(tmp_path):
            pass
        assert f"process {process.pid}" in str(caught.value)
        assert caught.value.exit_code == 100


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        process.kill()
        process.wait()
    assert (tmp_path / FOLDER / LOCK).read_text() == str(process.pid)
    with instance_lock(tmp_path):
        assert (tmp_path / FOLDER / LOCK).read_text() == str(os.getpid())


def test_it_can_be_taken_again_and_again(tmp_path: Path) -> None:
    for _ in range(2):
        with instance_lock(tmp_path):
            assert (tmp_path / FOLDER / LOCK).stat().st_mode & 0o777 == 0o600
            assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_two_folders_are_no_matter_of_each_other(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with instance_lock(tmp_path / "a"), instance_lock(tmp_path / "b"):
        assert (tmp_path / "b" / FOLDER / LOCK).exists()


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file")
    with pytest.raises(InstanceLockUnusable) as caught, instance_lock(tmp_path):
        pass
    assert caught.value.exit_code == 200


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    target = tmp_path / "precious"
    target.write_text("content")
    (tmp_path / FOLDER / LOCK).symlink_to(target)
    with pytest.raises(InstanceLockUnusable), instance_lock(tmp_path):
        pass
    assert target.read_text() == "content"


async def test_the_words_of_a_second_start(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> None:
    words = ["--webservice-port=8300", "--tempdir=/ä\udcff", ""]
    found: list[list[str]] = []

    async def first() -> None:
        while not found:
            await trio.sleep(0.7)
            found.extend(take_words(tmp_path))

    with instance_lock(tmp_path):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            assert await hand_over(tmp_path, words)
        assert found == [words]
        assert take_words(tmp_path) == []


async def test_nobody_reads_them(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> None:
    with instance_lock(tmp_path):
        assert not await hand_over(tmp_path, ["--help"])
        assert trio.current_time() == 2.5
        assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [LOCK]


async def test_words_for_an_earlier_process_are_not_answered(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "other_invocation_v2_1").write_text("--x\n")
    with instance_lock(tmp_path):
        assert take_words(tmp_path) == []


async def test_words_that_cannot_be_left(tmp_path: Path) -> None:
    with pytest.raises(InstanceLockUnusable):
        await hand_over(tmp_path / "missing", [])
