"""Restores to targets that cannot be used, or have too little room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import CommandLine
from support.engine import Place, make_tree, noise, tree
from support.nobody import as_nobody, folder_for_all
from support.restored import everything, ids, read
from support.small_disk import small_disk

from triplicati.errors import DiskFull, RestoreTargetUnusable
from triplicati.messages.progress import Event


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "restored"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_target_that_cannot_be_used(place: Place, dry_run: bool) -> None:
    make_tree(place.source, {"a": "x", "sub/b": "y"})
    await place.back_up()
    place.faults = []
    (place.folder / "file").write_text("in the way")
    (place.folder / "nowhere").symlink_to("absent")
    (place.folder / "round").symlink_to("round")
    with small_disk(place.folder / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk.path], check=True) if os.geteuid() == 0 else None
        bad = ["file", "file/below", "nowhere", "nowhere/below", "round"]
        bad += ["disk", "disk/below/it"] if os.geteuid() == 0 else []
        for name in bad:
            before = everything(place.folder)
            with pytest.raises(RestoreTargetUnusable, match=name):
                await place.restore(place.folder / name, dry_run=dry_run, control_files=True)
            assert [each for each in everything(place.folder) if each not in before] == []


@pytest.mark.parametrize("extra", [(), ("--dry-run",)])
def test_a_target_without_permission(open_folder: Path, extra: tuple[str, ...]) -> None:
    make_tree(open_folder / "source", {"a": "x"})
    (open_folder / "source").chmod(0o755)
    remote = f"file://{open_folder}/remote"
    run = CommandLine(open_folder)
    assert run("backup", remote, f"{open_folder}/source", "--no-encryption").returncode == 0
    for path in (open_folder / "remote").iterdir():
        path.chmod(0o644)
    (open_folder / "closed").mkdir(mode=0o755)
    for where in ("closed", "closed/below"):
        words = ("restore", remote, f"--restore-path={open_folder}/{where}", "--no-encryption", *extra)
        done = as_nobody(open_folder, *words)
        assert done.returncode == 100, done.stdout
        assert "Cannot restore to" in done.stdout + done.stderr
    (open_folder / "source" / "a").unlink()
    done = as_nobody(open_folder, "restore", remote, "--no-encryption", *extra)
    assert done.returncode == 100, done.stdout
    assert "Cannot restore to" in done.stdout + done.stderr, "nor to the original place"


async def test_a_target_that_is_a_link(place: Place, target: Path) -> None:
    make_tree(place.source, {"a": "x", "sub/b": "y"})
    await place.back_up()
    (place.folder / "real").mkdir()
    target.symlink_to("real")
    for _ in range(2):
        result = await place.restore(target)
        assert (result.errors, result.warnings) == ([], [])
        assert target.is_symlink()
        assert tree(place.folder / "real") == tree(place.source)
        assert (place.folder / "real").stat().st_mtime_ns // 100 == place.source.stat().st_mtime_ns // 100


# --- room ------------------------------------------------------------------------------------------------


async def test_too_little_room_is_told_before_anything_is_fetched(place: Place) -> None:
    make_tree(place.source, {"large": noise(900_000), "small": noise(900, 2)})
    await place.back_up(volume_size=200 << 10)
    place.faults = []
    with small_disk(place.folder / "disk") as disk:
        disk.fill(500_000)
        with pytest.raises(DiskFull, match=r"needs 87.*KiB there and 48.* KiB are free.*ignore-free-space"):
            await place.restore(disk.path / "goal", max_threads=2)
        assert everything(disk.path) == ["ballast"]
        heard: list[Event] = []
        place.notify = heard.append
        result = await place.restore(disk.path / "goal", dry_run=True)
        assert ids(result) == ["DiskFull"]
        assert [each for each in heard if each.text.startswith("[Dryrun]: Would need 87")]
        assert not [each for each in heard if each.kind == "download"]
        with pytest.raises(DiskFull, match="No space left"):
            await place.restore(disk.path / "goal", ignore_free_space=True)
        assert [each.kind for each in heard].count("download") > 0
        assert [name for name in everything(disk.path) if "triplicati" in name] == []


async def test_what_is_replaced_counts_as_room(place: Place) -> None:
    make_tree(place.source, {f"{n}": noise(300_000, n) for n in range(4)})
    await place.back_up(volume_size=4 << 20)
    with small_disk(place.folder / "disk") as disk:
        make_tree(disk.path / "goal", {f"{n}": noise(300_000, n + 50) for n in range(4)})
        disk.fill(700_000)
        with pytest.raises(DiskFull, match="needs"):
            await place.restore(disk.path / "goal")
        with pytest.raises(DiskFull, match="No space left"):  # all are written before the first is replaced
            await place.restore(disk.path / "goal", overwrite=True)


async def test_room_for_volumes_that_are_fetched(place: Place, target: Path) -> None:
    place.faults = []
    make_tree(place.source, {"large": noise(900_000)})
    await place.back_up(volume_size=400 << 10, max_threads=2)
    with small_disk(place.folder / "temporary") as disk:
        disk.fill(600_000)
        heard: list[Event] = []
        place.notify = heard.append
        with pytest.raises(DiskFull, match=f"{disk.path}.*needs .* are free.*--tempdir"):
            await place.restore(target, max_threads=2)
        assert not [each for each in heard if each.kind == "download"]
        assert not target.exists()
        await place.restore(target)
        assert tree(target) == tree(place.source)


async def test_room_that_is_reserved(place: Place) -> None:
    make_tree(place.source, {"large": noise(900_000), "small": "x"})
    await place.back_up(volume_size=200 << 10)
    heard: list[Event] = []
    with small_disk(place.folder / "disk") as disk:
        disk.fill(500_000)
        place.notify = heard.append
        with pytest.raises(DiskFull, match="No space left"):
            await place.restore(disk.path / "goal", ignore_free_space=True, preallocate=True)
        assert not [each for each in heard if each.kind == "download"], "refused before"
        assert read(disk.path / "goal") == {}
        disk.clear()
        result = await place.restore(disk.path / "goal", preallocate=True)
        assert (result.errors, result.warnings) == ([], [])
        assert tree(disk.path / "goal") == tree(place.source)


async def test_a_dry_run_tells_what_is_in_the_way(place: Place, target: Path) -> None:
    make_tree(place.source, {"a.txt": "ours", "b.txt": "ours too", "c": "same"})
    await place.back_up()
    make_tree(target, {"a.txt": "mine", "c": "same"})
    heard: list[Event] = []
    place.notify = heard.append
    before = tree(target)
    await place.restore(target, dry_run=True)
    lines = [each.text for each in heard if each.text.startswith("[Dryrun]")]
    assert len(lines) == 3
    assert lines[0].startswith(f"[Dryrun]: Would restore {place.source}/a.txt to {target}/a.2")
    assert lines[1] == f"[Dryrun]: Would restore {place.source}/b.txt to {target}/b.txt"
    assert "Would need 12 bytes on the disk" in lines[2]
    heard.clear()
    await place.restore(target, dry_run=True, overwrite=True)
    assert any("a.txt in place of what is there" in each.text for each in heard)
    assert tree(target) == before
