"""The scenarios of Duplicati's own disruption tests, each told anew for this program: an upload fails before
or after it arrived, once or in several runs, with changes or a repair in between; destinations that fail at
random, tell no sizes, have no room, or are slow."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from support.engine import Place, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.engine.remote import RetryRule
from triplicati.errors import DestinationError, DestinationFull, EmptyRemoteLocation, TriplicatiError
from triplicati.storage.destination import Destination, RemoteFile
from triplicati.storage.faults import Accidents, Action, Fault

_NO_RETRY = RetryRule(0, 0.0)


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """One whole version, and changes since."""
    found = Place(tmp_path)
    make_tree(found.source, {"a": noise(30_000), "b/c": "words " * 900, "empty": ""})
    await found.back_up()
    make_tree(found.source, {"a": noise(30_000, 2), "later": noise(12_000, 3)})
    return found


async def assert_healthy(place: Place) -> None:
    """The newest version is the source, nothing is damaged, and the next run has nothing to do."""
    found = read_destination(place.remote, place.passphrase)
    assert found.damage == []
    result = await place.restore(place.folder / "restored", lost=True)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)
    assert (await place.back_up()).unchanged


@pytest.mark.parametrize(
    ("action", "then"),
    [
        ("error-before", "backup"),
        ("error-during", "backup"),
        ("error-after", "backup"),
        ("error-before", "change"),
        ("error-after", "repair"),
    ],
)
@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
async def test_an_upload_fails_without_a_second_try(
    kind: str, action: Action, then: Literal["backup", "repair", "change"], place: Place
) -> None:
    place.retry, place.faults = _NO_RETRY, [Fault("put", action, match=kind)]
    with pytest.raises(DestinationError, match="scripted failure"):
        await place.back_up()
    place.faults = None
    if then == "repair":
        assert await place.repair() is not None
    if then == "change":
        make_tree(place.source, {"later": noise(5_000, 9), "more": "more"})
    result = await place.back_up()
    assert (result.errors, result.warnings) == ([], [])
    await assert_healthy(place)


async def test_the_list_fails_in_several_runs(place: Place) -> None:
    place.retry = _NO_RETRY
    for number in range(3):
        place.faults = [Fault("put", "error-before", match="dlist", times=9)]
        with pytest.raises(DestinationError):
            await place.back_up()
        make_tree(place.source, {f"run-{number}": noise(3_000, number)})
    place.faults = None
    await place.back_up()
    await assert_healthy(place)


async def test_a_first_backup_without_a_list_is_repaired_by_the_next(tmp_path: Path) -> None:
    """With the database, and without it: then nothing is there to restore, which is said."""
    place = Place(tmp_path, retry=_NO_RETRY, faults=[Fault("put", "error-before", match="dlist")])
    make_tree(place.source, {"a": noise(30_000)})
    with pytest.raises(DestinationError):
        await place.back_up()
    place.faults = None
    with pytest.raises(TriplicatiError):
        await place.restore(tmp_path / "restored", lost=True)
    stored = len(place.volumes("dblock"))
    await place.back_up()
    assert len(place.volumes("dblock")) == stored
    await assert_healthy(place)


async def test_a_repair_of_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.remote.mkdir()
    with pytest.raises(EmptyRemoteLocation):
        await place.recreate()


@pytest.mark.parametrize("seed", [1, 2])
async def test_one_call_in_ten_fails(seed: int, tmp_path: Path) -> None:
    place = Place(tmp_path, retry=RetryRule(8, 0.0), accidents=Accidents(seed, 0.1))
    for number in range(3):
        make_tree(place.source, {f"f{number}": noise(60_000, number), "often": noise(9_000, 70 + number)})
        assert (await place.back_up()).errors == []
    assert place.used is not None
    await place.compact(threshold=1)
    place.accidents = None
    await assert_healthy(place)


async def test_a_destination_that_tells_no_sizes(place: Place) -> None:
    class Sizeless:
        staging = None

        def __init__(self, inner: Destination) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        async def list(self) -> list[RemoteFile]:
            return [RemoteFile(each.name, -1) for each in await self._inner.list()]

    place.wrap = Sizeless  # type: ignore[assignment]  # what is not here the inner one has
    await place.back_up()
    await place.compact(threshold=1)
    assert (await place.verify()).errors == []
    place.volumes("dindex")[0].unlink()
    done = await place.repair()
    assert done is not None
    assert done.indexes == 1
    await assert_healthy(place)


@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
async def test_no_room_at_the_destination(kind: str, place: Place) -> None:
    place.faults = [Fault("put", "no-space", match=kind, times=99)]
    with pytest.raises(DestinationFull):
        await place.back_up()
    place.faults = None
    await place.back_up()
    await assert_healthy(place)


async def test_a_slow_destination_is_none_that_fails(place: Place) -> None:
    place.faults = [Fault(operation, "latency", times=99, seconds=0.01) for operation in ("list", "put")]
    assert (await place.back_up()).errors == []
    place.faults = None
    await assert_healthy(place)
