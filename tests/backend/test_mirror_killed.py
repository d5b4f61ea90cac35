"""`triplicati mirror` killed anywhere: what is listed can be restored, and the same words finish it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import trio
from support.engine import PASSPHRASE, Place, make_tree, noise
from support.independent_reader import read_destination
from support.mirror_process import killed_at

from triplicati.backend.mirror import run
from triplicati.engine.settings import Retention
from triplicati.storage.faults import Action, Operation

_HARMLESS = ("no version needs", "described in no dindex", "the encrypted body was changed")


async def _two_states(folder: Path) -> None:
    """``source`` is a backup that was compacted since ``target`` was made from it."""
    place = Place(folder, encryption="aes")
    make_tree(place.source, {"noise": noise(50_000), "small/one": "1"})
    await place.back_up()
    shutil.copytree(place.remote, folder / "target")
    (place.source / "noise").write_bytes(noise(50_000, 2))
    await place.back_up(retention=Retention(keep_versions=1))
    await place.compact()


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("states")
    trio.run(_two_states, folder)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("duplicati-*")}


@pytest.mark.parametrize(
    ("operation", "action", "call"),
    [
        ("put", "kill-during", 1),
        ("put", "kill-after", 3),
        ("list", "kill-before", 2),
        ("delete", "kill-after", 2),
    ],
)
def test_killed_and_done_again(
    states: Path, tmp_path: Path, operation: Operation, action: Action, call: int
) -> None:
    source, target = states / "remote", tmp_path / "target"
    shutil.copytree(states / "target", target)
    before, wanted = names(target), names(source)
    assert before - wanted
    assert wanted - before
    words = (str(source), str(target), "-y")
    assert killed_at(operation, action, call, *words) == -9
    assert before - wanted <= names(target) or operation == "delete"
    found = read_destination(target, PASSPHRASE)
    assert [each for each in found.problems if not any(kind in each for kind in _HARMLESS)] == []
    assert found.versions
    assert run(words, {}) == 0
    assert names(target) == wanted
    assert all((target / name).read_bytes() == (source / name).read_bytes() for name in wanted)
