"""A backup that is stopped, aborted or killed, and the run after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import trio
from support.engine import Content, Place, aborted_after, contents, make_tree, noise, tree
from support.independent_reader import read_destination

import triplicati
from triplicati.engine.scanning import ScanBatch
from triplicati.engine.stopping import StopRequest
from triplicati.engine.wire import Examined
from triplicati.index.database import open_database
from triplicati.messages.progress import Event
from triplicati.storage.destination import Destination
from triplicati.storage.faults import Fault

MANY: dict[str, Content] = {f"folder {n % 5}/file {n:03}": noise(700 + n, n) for n in range(150)}
MANY["large"] = noise(80_000, 999)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small source has many batches, and rows are recorded long before the end."""
    monkeypatch.setattr("triplicati.engine.scanning._BATCH_FILES", 40)
    monkeypatch.setattr("triplicati.engine.recording._ROWS", 10)


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """With one version, and a source that has changed since."""
    found = Place(tmp_path, faults=[])
    make_tree(found.source, {"old": noise(5000, 7), "gone": "gone", "changed": "before"})
    await found.back_up()
    found.first = contents(found.source)
    make_tree(found.source, {**MANY, "changed": "after, and longer"})
    (found.source / "gone").unlink()
    return found


async def assert_healed(place: Place, **changes: Any) -> None:  # Any: as `Place.settings`
    """The next run completes; nothing is stored twice; every version restores to what it was."""
    result = await place.back_up(**changes)
    assert (result.errors, result.warnings) == ([], [])
    destination = read_destination(place.remote, place.passphrase)
    assert destination.damage == []
    assert [each for each in destination.waste if "already" in each] == [], "a block was stored twice"
    assert (await place.back_up(**changes)).unchanged
    await place.restore(place.folder / "newest", lost=True)
    assert tree(place.folder / "newest") == tree(place.source)
    versions = destination.versions
    await place.restore(place.folder / "oldest", versions=(len(versions) - 1,))
    assert contents(place.folder / "oldest") == place.first
    assert list(place.temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("operation", "count"), [("list", 1), *(("put", n) for n in (1, 2, 3, 8, 15, 20)), ("list", 2)]
)
async def test_an_abort_at_any_call(operation: str, count: int, place: Place) -> None:
    begin = time.monotonic()
    with aborted_after(count, operation, place) as scope:
        await place.back_up()
    assert scope.cancelled_caught
    assert time.monotonic() - begin < 2
    await assert_healed(place)


@pytest.mark.parametrize("batch", [1, 2, 3])
async def test_an_abort_at_any_batch_with_worker_processes(
    batch: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triplicati.engine.recording import Recorder

    take, left = Recorder.take, [batch]
    with trio.CancelScope() as scope:

        def taken(self: Recorder, *arguments: Any) -> None:  # Any: passed on
            take(self, *arguments)
            left[0] -= 1
            if left[0] == 0:
                scope.cancel()

        monkeypatch.setattr(Recorder, "take", taken)
        await place.back_up(max_threads=2)
    assert scope.cancelled_caught
    await assert_healed(place, max_threads=2)


async def test_the_version_that_was_interrupted_is_completed(place: Place) -> None:
    """Blocks, indexes and rows were there, only the list was not: the version is made of the earlier one
    and these."""
    expected = contents(place.source)
    with trio.CancelScope() as scope:
        await abort_before_the_list(place, scope)
    assert scope.cancelled_caught
    (place.source / "large").unlink()
    await assert_healed(place)
    versions = read_destination(place.remote, place.passphrase).versions
    assert [version.full for version in versions] == [True, False, True]
    await place.restore(place.folder / "synthetic", versions=(1,))
    assert contents(place.folder / "synthetic") == expected


async def abort_before_the_list(place: Place, scope: trio.CancelScope) -> None:
    def heard(event: Event) -> None:
        if event.kind == "upload" and "dlist" in event.text:
            scope.cancel()

    place.notify = heard
    try:
        await place.back_up()
    finally:
        place.notify = lambda _: None


async def test_what_never_arrived_keeps_its_earlier_content_in_that_version(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first volume arrives, the others do not: rows of both were recorded, the first ones count."""
    from triplicati.engine.recording import Recorder

    late = place.source / "folder 1/zz"
    late.write_text("before")
    await place.back_up()
    late.write_bytes(noise(900, 12345))
    for number in range(20):
        (place.source / f"folder 0/file {number:03}").write_bytes(noise(800, 5000 + number))
        (place.source / f"folder 1/new {number:03}").write_bytes(noise(900, 6000 + number))
    place.faults = [Fault("put", "silence", first=2, times=99, match="dblock")]
    take, flush = Recorder.take, Recorder.flush_if_full
    seen: list[str] = []
    with trio.fail_after(20), trio.CancelScope() as scope:

        def taken(self: Recorder, batch: ScanBatch, results: Sequence[Examined]) -> None:
            take(self, batch, results)
            seen.extend(batch.paths)

        async def flushed(self: Recorder) -> None:
            await flush(self)
            if str(late) in seen:
                await self.flush()
                while place.used is None or not any("dindex" in name for _, name in place.used.calls):
                    await trio.lowlevel.checkpoint()
                scope.cancel()

        monkeypatch.setattr(Recorder, "take", taken)
        monkeypatch.setattr(Recorder, "flush_if_full", flushed)
        await place.back_up()
    assert scope.cancelled_caught
    place.faults = []
    monkeypatch.setattr(Recorder, "take", take)
    monkeypatch.setattr(Recorder, "flush_if_full", flush)

    await place.back_up()

    destination = read_destination(place.remote, place.passphrase)
    assert destination.problems == []
    assert [version.full for version in destination.versions] == [True, True, False, True]
    await place.restore(place.folder / "synthetic", versions=(1,))
    assert (place.folder / "synthetic/folder 1/zz").read_text() == "before"
    early = "folder 0/file 000"
    assert (place.folder / "synthetic" / early).read_bytes() == (place.source / early).read_bytes()
    await place.restore(place.folder / "newest")
    assert tree(place.folder / "newest") == tree(place.source)


async def test_without_synthetic_lists_the_interrupted_version_is_dropped(place: Place) -> None:
    with trio.CancelScope() as scope:
        await abort_before_the_list(place, scope)
    await assert_healed(place, synthetic_filelist=False)
    assert [version.full for version in read_destination(place.remote, place.passphrase).versions] == [
        True,
        True,
    ]


async def test_what_was_interrupted_is_settled_even_without_checks_of_the_destination(place: Place) -> None:
    with aborted_after(3, "put", place):
        await place.back_up(verify_destination=False)
    await assert_healed(place, verify_destination=False)


async def test_the_database_lost_after_an_abort(place: Place) -> None:
    with aborted_after(4, "put", place):
        await place.back_up()
    place.lose_database()
    result = await place.back_up()
    assert (result.errors, result.warnings) == ([], [])
    # A volume without an index is legal; what it holds is simply not known then.
    damage = read_destination(place.remote, place.passphrase).damage
    assert [each for each in damage if "described in no dindex" not in each] == []
    await place.restore(place.folder / "newest", lost=True)
    assert tree(place.folder / "newest") == tree(place.source)


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_first_backup_that_was_aborted_and_its_database_lost(count: int, tmp_path: Path) -> None:
    place = Place(tmp_path, encryption="aes", faults=[])
    make_tree(place.source, MANY)
    with aborted_after(count, "put", place):
        await place.back_up()
    place.lose_database()
    await place.back_up()
    await place.restore(place.folder / "newest", lost=True)
    assert tree(place.folder / "newest") == tree(place.source)


# --- stopping --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["now", "after_file"])
@pytest.mark.parametrize("when", ["before", "during"])
async def test_a_stop_gives_a_partial_version(how: str, when: str, place: Place) -> None:
    stop = StopRequest()
    request = getattr(stop, how)
    if when == "before":
        request()
    else:
        place.wrap = lambda inner: cast("Destination", _Told(inner, request))
    result = await place.back_up(stop)
    place.wrap = None

    assert result.partial_backup
    destination = read_destination(place.remote, place.passphrase)
    assert destination.damage == []
    if when == "before":
        assert len(destination.versions) == 1, "a version of nothing is none"
    else:
        assert [version.full for version in destination.versions] == [True, False]
        await place.restore(place.folder / "partial")
        partial, whole = tree(place.folder / "partial"), contents(place.source)
        files = {path: each for path, each in partial.items() if each.kind == "file"}
        assert 0 < len(files) < len(MANY)
        assert all(each.content == whole[path].content for path, each in files.items())
    await assert_healed(place)


class _Told:
    """Makes a request when the first volume is sent."""

    def __init__(self, inner: Any, request: Any) -> None:  # Any: a destination, and what to call
        self._inner, self._request = inner, request

    def __getattr__(self, name: str) -> Any:  # Any: whatever the destination offers
        if name == "put":
            self._request()
        return getattr(self._inner, name)


# --- killing ---------------------------------------------------------------------------------------------

_SCRIPT = """
import sys, trio
from pathlib import Path
from support.engine import Place
from triplicati.engine import recording, scanning
from triplicati.storage.faults import FaultyDestination

recording._ROWS, scanning._BATCH_FILES = 10, 40

begin = FaultyDestination._begin
async def announced(self, operation, name):
    fault = await begin(self, operation, name)
    print(operation, name, flush=True)
    if sys.argv[2] == "slowly":
        await trio.to_thread.run_sync(sys.stdin.readline)
    return fault
FaultyDestination._begin = announced

async def main():
    place = Place(Path(sys.argv[1]), faults=[])
    await place.back_up(max_threads=2)

trio.run(main)
"""


def start(place: Place, how: str) -> subprocess.Popen[str]:
    tests = Path(__file__).parents[1]
    found = os.pathsep.join([str(tests), str(Path(triplicati.__file__).parents[1])])
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(place.folder), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": found},
    )


@pytest.mark.parametrize("calls", [1, 3, 4, 11])
async def test_kill_9_at_a_call(calls: int, place: Place) -> None:
    """It waits at each call for a line from here, so that the moment is always the same."""
    process = start(place, "slowly")
    assert process.stdin is not None
    assert process.stdout is not None
    for _ in range(calls):
        assert process.stdout.readline(), "it ended by itself"
        process.stdin.write("go on\n")
        process.stdin.flush()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    await assert_healed(place)


async def test_kill_9_while_it_runs_freely(place: Place) -> None:
    process = start(place, "freely")
    assert process.stdout is not None
    seen = [process.stdout.readline() for _ in range(5)]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert all(seen)
    await assert_healed(place)


async def test_a_killed_run_leaves_no_lock(place: Place) -> None:
    process = start(place, "slowly")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    async with open_database(place.database) as database:
        assert database.path == place.database
