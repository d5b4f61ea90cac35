"""Uploads that were given up and arrive all the same, after the next run has looked."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import Place, make_tree, noise
from support.independent_reader import read_destination

from triplicati.engine.remote import RetryRule
from triplicati.engine.settings import Retention
from triplicati.errors import DestinationError
from triplicati.storage.destination import Upload
from triplicati.storage.kinds.file import LocalFolder


class Late(LocalFolder):
    """Keeps the first uploads of a kind for later, and says that they failed."""

    def __init__(self, folder: Path, kind: str, count: int) -> None:
        super().__init__(folder)
        self._there = folder
        self._kind = kind
        self._count = count
        self.held: dict[str, bytes] = {}

    @property
    def staging(self) -> None:
        """Nothing is moved."""

    async def put(self, name: str, upload: Upload) -> None:
        if f".{self._kind}." in name and len(self.held) < self._count:
            self.held[name] = upload.path.read_bytes()
            raise DestinationError(reason="the line broke")
        await super().put(name, upload)

    def arrive(self) -> None:
        for name, content in self.held.items():
            (self._there / name).write_bytes(content)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path, retry=RetryRule(2, 0.0))
    make_tree(place.source, {f"f{number}": noise(9_000, number) for number in range(5)})
    return place


def backing_up_late(place: Place, kind: str, count: int) -> Late:
    late = Late(place.remote, kind, count)
    place.wrap = lambda _: late
    return late


@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
async def test_what_arrives_after_its_retry_is_taken_away(place: Place, kind: str) -> None:
    place.remote.mkdir(parents=True)
    late = backing_up_late(place, kind, 1)
    await place.back_up()
    place.wrap = None
    assert late.held
    before = {path.name for path in place.remote.iterdir()}
    late.arrive()
    (place.source / "f0").write_text("other")
    result = await place.back_up()
    assert not result.warnings
    assert before <= {path.name for path in place.remote.iterdir()}
    # A list that was sent again under its own name is no late one.
    assert all((place.remote / name).exists() == (name in before) for name in late.held)
    found = read_destination(place.remote, place.passphrase)
    assert (len(found.versions), found.problems) == (2, [])


@pytest.mark.parametrize("kind", ["dblock", "dindex"])
async def test_what_arrives_after_the_run_had_failed_is_taken_away(place: Place, kind: str) -> None:
    place.remote.mkdir(parents=True)
    late = backing_up_late(place, kind, 100)
    with pytest.raises(DestinationError):
        await place.back_up()
    place.wrap = None
    await place.back_up()
    late.arrive()
    (place.source / "f0").write_text("other")
    result = await place.back_up()
    assert not result.warnings
    assert not any((place.remote / name).exists() for name in late.held)


async def test_what_was_deleted_on_purpose_and_comes_back_is_not_touched(place: Place) -> None:
    """Somebody may have brought it back, to get at an old version."""
    await place.back_up()
    old = {path.name: path.read_bytes() for path in place.remote.iterdir()}
    (place.source / "f0").write_text("other")
    await place.back_up(retention=Retention(keep_versions=1))
    gone = [name for name in old if not (place.remote / name).exists()]
    assert gone
    for name in gone:
        (place.remote / name).write_bytes(old[name])
    (place.source / "f0").write_text("third")
    result = await place.back_up()
    assert any("does not know" in str(each) for each in result.warnings)
    assert all((place.remote / name).exists() for name in gone)


