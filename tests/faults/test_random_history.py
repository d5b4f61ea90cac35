"""A long random life of one backup: changes, failures, aborts, lost databases, retention. Always the same."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
import trio
from support.engine import Entry, Place, canonical, contents, make_tree, noise, tree
from support.independent_reader import read_destination

from triplicati.engine.settings import Retention
from triplicati.errors import DestinationError
from triplicati.messages.progress import Event
from triplicati.storage.faults import Fault

_ACTIONS = ("error-before", "error-during", "error-after")


def change(source: Path, dice: random.Random) -> None:
    """Some files come, some go, some get other content, some only another time or mode, some move."""
    for _ in range(dice.randint(1, 6)):
        make_tree(
            source,
            {
                f"d{dice.randrange(4)}/f{dice.randrange(30)}": noise(
                    dice.choice([0, 9, 1024, 7000]), dice.randrange(10**6)
                )
            },
        )
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for path in dice.sample(files, min(4, len(files))):
        match dice.randrange(4):
            case 0:
                path.unlink()
            case 1:
                path.chmod(dice.choice([0o600, 0o644, 0o755]))
            case 2:
                os.utime(path, ns=(0, dice.randrange(10**18)))
            case 3:
                path.rename(path.with_name(path.name + "-moved"))


async def trouble(place: Place, dice: random.Random) -> None:
    """A run that fails or is aborted somewhere, or not."""
    point = dice.randrange(1, 8)
    if dice.random() < 0.5:
        place.faults = [Fault("put", dice.choice(_ACTIONS), first=point, times=99)]  # type: ignore[arg-type]  # these are
        with contextlib.suppress(DestinationError):
            await place.back_up()
        place.faults = []
        return
    with trio.CancelScope() as scope:
        left = [point]

        def count(event: Event) -> None:
            left[0] -= 1
            if left[0] == 0:
                scope.cancel()

        place.notify = count
        await place.back_up()
    place.notify = lambda _: None


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.endurance) for seed in (2, 3))])
async def test_every_version_stays_what_it_was(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(1_700_000_000, 10)
    monkeypatch.setattr("triplicati.engine.backup.time", SimpleNamespace(time=lambda: float(next(clock))))
    dice = random.Random(seed)
    place = Place(tmp_path, faults=[])
    known: dict[int, dict[bytes, Entry]] = {}
    place.source.mkdir()
    for turn in range(8):
        change(place.source, dice)
        if dice.random() < 0.6:
            await trouble(place, dice)
            change(place.source, dice)
        if dice.random() < 0.2:
            place.lose_database()
        keep = Retention(keep_versions=3) if dice.random() < 0.3 else Retention()
        result = await place.back_up(retention=keep)
        assert (result.errors, result.warnings) == ([], [])
        known[result.version_time] = contents(place.source)
        damage = read_destination(place.remote, None).damage
        assert [each for each in damage if "described in no dindex" not in each] == [], turn
        assert (await place.back_up()).unchanged
    before = await canonical(place.database)
    place.lose_database()
    await place.recreate()
    assert (await canonical(place.database))["versions"] == before["versions"]
    await place.restore(tmp_path / "newest")
    assert tree(tmp_path / "newest") == tree(place.source)
    for number, version in enumerate(reversed(read_destination(place.remote, None).versions)):
        await place.restore(tmp_path / str(number), versions=(number,))
        stamp = (await place.restore(tmp_path / str(number), versions=(number,))).version_time
        if version.full and stamp in known:
            assert contents(tmp_path / str(number)) == known[stamp]
