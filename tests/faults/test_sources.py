"""Sources that are missing, refuse, vanish or change while they are read."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.engine import Place, contents, make_tree, noise, tree
from support.independent_reader import read_destination

import triplicati
from triplicati.errors import NoSources, SourceFolderEmpty, SourceIsMissing
from triplicati.source.filters import FilterRule


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, {"a": "one", "b": noise(3000), "c/d": "three", "c/e.log": "four"})
    return found


def names(place: Place) -> set[str]:
    root = f"{place.source}/"
    entries = read_destination(place.remote, None).versions[-1].entries
    return {entry.path.removeprefix(root) for entry in entries}


# --- while the backup runs -------------------------------------------------------------------------------


def when_opened(monkeypatch: pytest.MonkeyPatch, name: str, deed: Callable[[], object]) -> None:
    """A few files are read in a thread of this process, where opening can be watched."""
    real = os.open

    def watched(path: Any, *arguments: Any, **named: Any) -> int:  # Any: as os.open takes them
        if isinstance(path, bytes) and os.path.basename(path) == name.encode():
            deed()
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", watched)


async def test_a_file_that_vanishes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    when_opened(monkeypatch, "b", lambda: (place.source / "b").unlink(missing_ok=True))
    result = await place.back_up()
    assert [(problem.id, problem.path) for problem in result.warnings] == [
        ("FileVanished", str(place.source / "b"))
    ]
    assert (result.files_with_error, result.errors) == (1, [])
    assert names(place) == {"", "a", "c/", "c/d", "c/e.log"}
    assert read_destination(place.remote, None).problems == []


async def test_a_file_that_vanishes_is_kept_in_the_version_before(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.back_up()
    (place.source / "b").write_bytes(noise(100, 2))
    when_opened(monkeypatch, "b", lambda: (place.source / "b").unlink(missing_ok=True))
    await place.back_up()
    assert "b" not in names(place)
    await place.restore(place.folder / "before", versions=(1,))
    assert (place.folder / "before/b").read_bytes() == noise(3000)


async def test_a_file_that_becomes_something_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace() -> None:
        (place.source / "b").unlink()
        os.mkfifo(place.source / "b")
        monkeypatch.undo()

    when_opened(monkeypatch, "b", replace)
    result = await place.back_up()
    assert [problem.id for problem in result.warnings] == ["PathProcessingFailed"]
    assert "b" not in names(place)


async def test_a_file_that_becomes_a_link_is_not_followed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.folder / "secret").write_text("not in the source")

    def replace() -> None:
        monkeypatch.undo()
        (place.source / "b").unlink()
        (place.source / "b").symlink_to("../secret")

    when_opened(monkeypatch, "b", replace)
    result = await place.back_up()
    assert [problem.id for problem in result.warnings] == ["PathProcessingFailed"]
    await place.restore(place.folder / "restored")
    assert not any(each.content == b"not in the source" for each in tree(place.folder / "restored").values())


@pytest.mark.parametrize("change", [b"", noise(500), noise(9000, 5)], ids=["emptied", "shrunk", "grown"])
async def test_a_file_that_changes_while_it_is_read(
    change: bytes, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.read
    left = [1]

    def changing(handle: int, size: int) -> bytes:
        if left[0] and size == 1024 and os.readlink(f"/proc/self/fd/{handle}").endswith("/source/b"):
            left[0] = 0
            with open(place.source / "b", "r+b") as file:
                file.truncate(0)
                file.write(change)
        return real(handle, size)

    monkeypatch.setattr(os, "read", changing)
    result = await place.back_up()
    assert [problem.id for problem in result.warnings] == ["FileChangedWhileRead"]
    assert read_destination(place.remote, None).problems == []
    monkeypatch.undo()
    await place.back_up()
    await place.restore(place.folder / "restored")
    assert (place.folder / "restored/b").read_bytes() == change


# --- what may not be read --------------------------------------------------------------------------------

_SCRIPT = """
import sys, trio
from pathlib import Path
from support.engine import Place

async def main():
    result = await Place(Path(sys.argv[1])).back_up()
    for problem in result.warnings:
        print(problem.id, problem.path)

trio.run(main)
"""
# Root reads everything, unless it gives that up.
_LIMITED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def test_what_may_not_be_read_is_left_out_with_its_path(place: Place) -> None:
    make_tree(place.source, {"closed": "2", "shut/inside": "3"})
    (place.source / "closed").chmod(0)
    (place.source / "shut").chmod(0)
    found = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(triplicati.__file__).parents[1])])
    script = [*_LIMITED, sys.executable, "-c", _SCRIPT, str(place.folder)]
    try:
        ran = subprocess.run(
            script, env={**os.environ, "PYTHONPATH": found}, capture_output=True, text=True, check=False
        )
    finally:
        (place.source / "shut").chmod(0o700)
    assert ran.returncode == 0, ran.stderr
    assert sorted(ran.stdout.splitlines()) == [
        f"FileAccessError {place.source}/closed",
        f"FolderAccessError {place.source}/shut/",
    ]
    assert names(place) == {"", "a", "b", "c/", "c/d", "c/e.log", "shut/"}


async def test_pipes_sockets_and_devices_are_passed_over(place: Place) -> None:
    os.mkfifo(place.source / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        with contextlib.chdir(place.source):  # a socket's path must be short
            listener.bind("socket")
        result = await place.back_up()
    assert result.warnings == []
    assert names(place) == {"", "a", "b", "c/", "c/d", "c/e.log"}


# --- which sources ---------------------------------------------------------------------------------------


async def test_a_missing_source(place: Place) -> None:
    gone = str(place.folder / "gone")
    sources = (str(place.source), gone)
    with pytest.raises(SourceIsMissing, match="gone"):
        await place.back_up(sources=sources, abort_if_source_missing=True)
    with pytest.raises(NoSources, match="gone"):
        await place.back_up(sources=(gone,))
    result = await place.back_up(sources=sources)
    assert [problem.id for problem in result.warnings] == ["SourceIsMissing"]
    assert (await place.back_up(sources=sources, allow_missing_source=True)).warnings == []
    assert "a" in names(place)


@pytest.mark.parametrize(("before", "told"), [("@/mnt/web|", "@/mnt/web"), ("", "ftp://...")])
async def test_the_address_of_a_remote_source_is_told_nowhere(place: Place, before: str, told: str) -> None:
    """Jobs of Duplicati have such sources; the sentence is kept in the log and sent with reports."""
    remote = f"{before}ftp://me:canary-1@host/x?auth-password=canary-2"
    with pytest.raises(NoSources, match=told) as none:
        await place.back_up(sources=(remote,))
    assert "canary" not in str(none.value)
    result = await place.back_up(sources=(str(place.source), remote))
    assert [problem.id for problem in result.warnings] == ["SourceIsMissing"]
    assert "canary" not in str(result.warnings)


async def test_an_empty_source(place: Place) -> None:
    (place.folder / "empty").mkdir()
    sources = (str(place.folder / "empty"),)
    with pytest.raises(SourceFolderEmpty, match="empty"):
        await place.back_up(sources=sources, prevent_empty_source=True)
    await place.back_up(sources=sources)
    assert len(read_destination(place.remote, None).versions[-1].entries) == 1


async def test_sources_inside_sources_count_once(place: Place) -> None:
    inside = (str(place.source / "c"), str(place.source), f"{place.source}/c/d", f"{place.source}/")
    await place.back_up(sources=inside)
    assert names(place) == {"", "a", "b", "c/", "c/d", "c/e.log"}
    assert read_destination(place.remote, None).problems == []
    assert (await place.back_up()).unchanged


async def test_a_source_inside_another_is_kept_though_a_filter_excludes_it(place: Place) -> None:
    rules = (FilterRule(False, f"{place.source}/c/"),)
    await place.back_up(rules=rules)
    assert names(place) == {"", "a", "b"}
    await place.back_up(rules=rules, sources=(str(place.source), f"{place.source}/c"))
    assert "c/" in names(place)


async def test_filters(place: Place) -> None:
    await place.back_up(rules=(FilterRule(False, "*.log"),))
    assert names(place) == {"", "a", "b", "c/", "c/d"}
    result = await place.back_up(rules=(FilterRule(False, "*/b"),))
    assert names(place) == {"", "a", "c/", "c/d", "c/e.log"}
    assert (result.added_files, result.deleted_files) == (1, 1)
    await place.back_up(largest_file=1000)
    assert "b" not in names(place)


async def test_the_destination_inside_the_source_is_left_out(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"a": "one"})
    first = await place.back_up(sources=(str(tmp_path),), upload_folder=None)
    listed = read_destination(place.remote, None).versions[-1].entries
    assert not any("/remote" in entry.path or entry.path.endswith("index.sqlite") for entry in listed)
    assert first.warnings == []


async def test_the_staging_folder_at_the_destination_is_gone_afterwards(place: Place) -> None:
    await place.back_up(upload_folder=None)
    assert all(path.is_file() for path in place.remote.iterdir())
    await place.restore(place.folder / "restored")
    assert contents(place.folder / "restored") == contents(place.source)
