"""A destination that fails by script while a backup goes on."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest
import trio
from support.engine import Content, Place, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.engine.remote import RetryRule
from triplicati.errors import (
    DestinationError,
    ExtraRemoteFiles,
    MissingRemoteFiles,
    OutdatedDatabase,
    VersionInFuture,
)
from triplicati.storage.faults import Action, Fault

SOURCE: dict[str, Content] = {
    "text": "words and words " * 400,
    "noise": noise(70_000),
    "small/one": "1",
    "small/two": "2",
}
FAILING: list[Action] = [each for each in get_args(Action) if each.startswith("error")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, SOURCE)
    return found


async def assert_sound(place: Place) -> None:
    assert read_destination(place.remote, place.passphrase).damage == []
    result = await place.restore(place.folder / "restored", lost=True)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)


@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
@pytest.mark.parametrize("action", FAILING)
async def test_a_failed_upload_is_tried_again_under_a_new_name(
    place: Place, kind: str, action: Action
) -> None:
    place.faults = [Fault("put", action, times=2, match=kind)]

    result = await place.back_up()

    assert place.used is not None
    tried = [name for operation, name in place.used.calls if operation == "put" and kind in name]
    assert len(set(tried)) == len(tried)
    left = {path.name for path in place.volumes(kind)}
    assert left == set(tried[2:])
    assert (result.errors, result.warnings) == ([], [])
    assert read_destination(place.remote, place.passphrase).problems == []
    await assert_sound(place)
    place.faults = None
    assert (await place.back_up()).unchanged


@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
@pytest.mark.parametrize("action", FAILING)
async def test_after_the_last_try_the_next_run_goes_on(place: Place, kind: str, action: Action) -> None:
    # Of the indexes the third, so that three volumes are there for certain.
    first = 3 if kind == "dindex" else 1
    place.faults = [Fault("put", action, first=first, times=99, match=kind)]
    with pytest.raises(DestinationError, match="scripted failure"):
        await place.back_up()
    sent_before = sum(path.stat().st_size for path in place.volumes("dblock"))
    place.faults = []

    result = await place.back_up()

    assert read_destination(place.remote, place.passphrase).problems == []
    await assert_sound(place)
    if kind != "dblock":
        stored = sum(path.stat().st_size for path in place.volumes("dblock"))
        assert sent_before > 40_000
        assert result.bytes_uploaded < stored - sent_before + 18_000, "what is there is not sent again"
    assert (await place.back_up()).unchanged


async def test_a_list_that_arrived_unseen_is_the_version_it_says(place: Place) -> None:
    """The last try failed after the file was there: it must not become a second version beside a made-up
    one."""
    place.faults = [Fault("put", "error-after", times=99, match="dlist")]
    with pytest.raises(DestinationError):
        await place.back_up()
    place.faults = None

    result = await place.back_up()

    assert result.unchanged
    assert len(place.volumes("dlist")) == 1
    assert [version.full for version in read_destination(place.remote, place.passphrase).versions] == [True]


async def test_a_truncated_upload_is_seen_at_once_by_listing(place: Place) -> None:
    place.faults = [Fault("put", "truncate", first=2)]
    result = await place.back_up(list_after_upload=True)
    assert result.warnings == []
    assert read_destination(place.remote, place.passphrase).problems == []
    await assert_sound(place)


async def test_a_truncated_upload_is_seen_at_the_end_otherwise(place: Place) -> None:
    place.faults = [Fault("put", "truncate", match="dblock")]
    result = await place.back_up()
    assert place.used is not None
    name = next(name for operation, name in place.used.calls if operation == "put" and "dblock" in name)
    assert [problem.path for problem in result.warnings if problem.id == "MissingRemoteHash"] == [name]


async def test_the_listing_may_fail_and_be_slow(place: Place) -> None:
    place.faults = [
        Fault("list", "error-before"),
        Fault("list", "latency", first=2, seconds=0.01),
        Fault("list", "error-after", first=3),
    ]
    await place.back_up()
    await assert_sound(place)


async def test_an_absent_folder_is_made_and_a_failure_of_that_is_tried_again(place: Place) -> None:
    place.faults = [Fault("create_folder", "error-before")]
    await place.back_up()
    assert place.used is not None
    assert [operation for operation, _ in place.used.calls].count("create_folder") == 2


async def test_a_failing_delete_is_left_to_the_next_run(place: Place) -> None:
    place.faults = [Fault("put", "error-during", match="dblock"), Fault("delete", "error-before", times=99)]
    with pytest.raises(DestinationError):
        await place.back_up()
    assert len(read_destination(place.remote, place.passphrase).damage) > 0, "half a volume is there"
    place.faults = None
    await place.back_up()
    await assert_sound(place)


async def test_a_delete_that_was_carried_out_but_reported_as_failed(place: Place) -> None:
    place.faults = [Fault("put", "error-during", match="dblock"), Fault("delete", "error-after", times=99)]
    await place.back_up()
    await assert_sound(place)


@pytest.mark.parametrize("operation", ["put", "list"])
async def test_silence_ends_with_the_cancellation(place: Place, operation: str) -> None:
    place.faults = [Fault("put" if operation == "put" else "list", "silence")]
    place.retry = RetryRule(5, 10.0)
    begin = trio.current_time()
    with trio.move_on_after(0.3) as scope:
        await place.back_up()
    assert scope.cancelled_caught
    assert trio.current_time() - begin < 2
    place.faults = None
    await place.back_up()
    await assert_sound(place)


async def test_waiting_between_tries_grows_and_can_be_cancelled(
    place: Place, autojump_clock: trio.testing.MockClock
) -> None:
    place.retry = RetryRule(3, 10.0, backoff=True)
    for attempt, seconds in ((1, 10), (2, 20), (3, 40)):  # more or less, so that not all come at once
        drawn = {place.retry.pause(attempt) for _ in range(50)}
        assert 0.8 * seconds <= min(drawn) < max(drawn) <= 1.2 * seconds
    remote = place.connect()
    calls: list[float] = []

    async def fails() -> None:
        calls.append(trio.current_time())
        raise DestinationError(reason="down")

    begin = trio.current_time()
    with pytest.raises(DestinationError):
        await remote.tried(fails)
    pauses = [later - moment for moment, later in pairwise([begin, *calls])]
    assert pauses == pytest.approx([0, 10, 20, 40], rel=0.21)
    with trio.move_on_after(15) as scope:
        await remote.tried(fails)
    assert scope.cancelled_caught


async def test_versions_that_follow_each_other_fast_do_not_run_away_from_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a second of its own; without a pause the seventh of one second was taken for a future one."""
    now = [1_700_000_000.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr("triplicati.engine.backup.time", SimpleNamespace(time=lambda: now[0]))
    slept = SimpleNamespace(sleep=sleep, from_thread=trio.from_thread)
    monkeypatch.setattr("triplicati.engine.backup.trio", slept)
    place = Place(tmp_path)
    for number in range(10):
        make_tree(place.source, {"changes": str(number)})
        await place.back_up()
    stamps = [version.time for version in read_destination(place.remote, None).versions]
    assert len(set(stamps)) == 10
    assert 0 < now[0] - 1_700_000_000 < 10
    now[0] -= 100
    with pytest.raises(VersionInFuture):
        await place.back_up()


async def test_a_file_of_someone_else_stops_the_run_before_anything_is_changed(place: Place) -> None:
    await place.back_up()
    stray = place.remote / f"duplicati-b{'0' * 32}.dblock.zip"
    stray.write_bytes(b"stray")
    listed = sorted(os.listdir(place.remote))
    with pytest.raises(ExtraRemoteFiles, match=stray.name):
        await place.back_up(tolerates_foreign=False)
    stray.rename(place.remote / "duplicati-29990101T000000Z.dlist.zip")
    with pytest.raises(OutdatedDatabase):
        await place.back_up()
    (place.remote / "duplicati-29990101T000000Z.dlist.zip").unlink()
    assert sorted([*os.listdir(place.remote), stray.name]) == listed


@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
async def test_what_is_missing_is_stored_again_after_a_repair(place: Place, kind: str) -> None:
    """The error names the file and the way out, and the way leads out."""
    await place.back_up()
    (place.source / "later").write_bytes(noise(3000, 8))
    await place.back_up()
    for path in place.volumes(kind)[:-1]:
        path.unlink()
    with pytest.raises(MissingRemoteFiles, match=kind):
        await place.compact()
    place.lose_database()

    result = await place.back_up()

    expected = ["MissingBlocks"] if kind == "dblock" else []
    assert [problem.id for problem in result.errors] == expected
    again = await place.back_up()
    assert (again.unchanged, again.opened_files) == (True, 0)
    restored = await place.restore(place.folder / "restored")
    assert restored.errors == []
    assert tree(place.folder / "restored") == tree(place.source)
