"""Restores of all versions at once, and of every block with its hash."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest
import trio
from support.command_line import CommandLine
from support.engine import Place, make_tree, noise
from support.restored import everything, read
from support.small_disk import small_disk
from support.zips import archive_of

from triplicati.engine.opening import Expected, Keys
from triplicati.engine.restore_versions import restore_versions
from triplicati.engine.wire import (
    HEAD,
    Part,
    Wire,
    WriteSetup,
    WriteVolume,
    Written,
    decode_from_worker,
    frame,
)
from triplicati.engine.writing import write
from triplicati.errors import DiskFull
from triplicati.formats.hashes import entry_name, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.values.stamps import format_stamp


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "restored"


async def three_versions(place: Place) -> tuple[list[int], list[dict[str, bytes]]]:
    """Newest first: the middle one differs from the oldest in a time alone."""
    stamps: list[int] = []
    found: list[dict[str, bytes]] = []
    for content in ("one", "one", "two"):
        make_tree(place.source, {"a": content, "large": noise(5000)})
        os.utime(place.source / "a", (len(stamps), len(stamps)))
        stamps.append((await place.back_up()).version_time)
        found.append(read(place.source))
    return stamps[::-1], found[::-1]


@pytest.mark.parametrize(("how", "expected"), [("True", [0, 1, 2]), ("Unique", [0, 1])])
async def test_each_version_to_a_folder_of_its_own(
    place: Place, target: Path, how: str, expected: list[int]
) -> None:
    stamps, found = await three_versions(place)
    place.restoring = restore_versions
    result = await place.restore(target, all_versions=how)
    assert (result.errors, result.warnings) == ([], [])
    assert result.restored_files == 2 * len(expected)
    assert {path.name for path in target.iterdir()} == {format_stamp(stamps[n]) for n in expected}
    for n in expected:
        assert read(target / format_stamp(stamps[n])) == found[n]
    some = await place.restore(place.folder / "some", all_versions=how, versions=(2,), patterns=("*/a",))
    assert some.restored_files == 1
    assert read(place.folder / "some") == {f"{format_stamp(stamps[2])}/a": b"one"}


async def test_room_for_all_versions_is_asked_for_first(place: Place) -> None:
    for n in range(2):
        make_tree(place.source, {"large": noise(500_000, n)})
        await place.back_up(volume_size=1 << 20)
    place.restoring = restore_versions
    with small_disk(place.folder / "disk") as disk:
        disk.fill(700_000)
        with pytest.raises(DiskFull, match="needs 97"):
            await place.restore(disk.path / "goal", all_versions="True")
        assert everything(disk.path) == ["ballast"]


def test_all_versions_on_the_command_line(tmp_path: Path) -> None:
    run = CommandLine(tmp_path)
    make_tree(tmp_path / "source", {"a": "one"})
    remote = f"file://{tmp_path}/remote"
    assert run("backup", remote, str(tmp_path / "source"), "--no-encryption").returncode == 0
    make_tree(tmp_path / "source", {"a": "another"})
    assert run("backup", remote, str(tmp_path / "source"), "--no-encryption").returncode == 0
    refused = run("restore", remote, "--restore-all-files", "--no-encryption", "--restore-all-files=True")
    assert refused.returncode == 100
    assert "Say where with --restore-path" in refused.stdout + refused.stderr
    goal = tmp_path / "goal"
    for extra in ((), ("--no-local-db",)):
        done = run(
            "restore",
            remote,
            "--restore-all-files=Unique",
            f"--restore-path={goal}",
            "--no-encryption",
            "--full-block-verification",
            "--restore-preallocate-size",
            "--restore-ignore-free-space",
            *extra,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(read(goal).values()) == [b"another", b"one"]
        shutil.rmtree(goal)


async def test_a_remote_folder_to_restore_to_is_refused(tmp_path: Path) -> None:
    done = await trio.to_thread.run_sync(
        CommandLine(tmp_path), "restore", f"file://{tmp_path}", "--restore-path=@file:///elsewhere"
    )
    assert done.returncode == 100
    assert "local folders only" in done.stdout + done.stderr


@pytest.mark.parametrize("full_blocks", [False, True])
def test_each_block_is_hashed_before_it_is_written(tmp_path: Path, full_blocks: bool) -> None:
    """A whole file is hashed in the end, so that a wrong block is found either way; here by itself."""
    wrong = hasher("SHA256")(b"1234").digest()
    (tmp_path / "volume").write_bytes(archive_of({entry_name(wrong).decode(): b"5678"}))
    (tmp_path / "partial").write_bytes(bytes(4))
    partials = {1: os.fsencode(tmp_path / "partial")}
    job = WriteVolume(
        "duplicati-b1.dblock.zip",
        str(tmp_path / "volume"),
        Expected(),
        [],
        [Part(1, 0, wrong, 4)],
        [],
        partials,
    )
    setup = WriteSetup(VolumeFormat(1024), Keys(), False, False, True, "n", full_blocks=full_blocks)
    here, there = socket.socketpair()
    with here, there:
        here.sendall(frame(job))
        here.shutdown(socket.SHUT_WR)
        write(Wire(there), setup)
        told = decode_from_worker(here.recv(1 << 16)[HEAD:])
    assert isinstance(told, Written)
    assert [each[0] for each in told.failed] == [1] * full_blocks
    assert (tmp_path / "partial").read_bytes() == (bytes(4) if full_blocks else b"5678")
