"""What must hold after an operation was killed at any point (survey of invariants: every version that was
listed before is whole; the next run heals; nothing is uploaded twice; a database made anew agrees)."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import trio

from support import crash_operations
from support.crashing import Forge
from support.engine import Place, canonical, contents, tree
from support.independent_reader import Destination, read_destination, restore
from triplicati.formats.names import dlist_name, parse_name

# What an operation finds, and the versions (numbers before it) that it may take away.
_GOES = {"delete": {1, 2}, "backup with upkeep": {1, 2, 3}}


class Scene(msgspec.Struct):
    """A prepared place, which `stock` keeps a copy of, for paths are part of a backup; and how many bytes its
    destination has after the operation was not killed."""

    folder: Path
    operation: str
    place: dict[str, str]
    points: list[str]
    bytes_in_the_end: int

    @property
    def stock(self) -> Path:
        return self.folder.with_name("stock")

    def fresh(self) -> Place:
        shutil.rmtree(self.folder)
        shutil.copytree(self.stock, self.folder, symlinks=True)
        return Place(self.folder, **self.place)  # type: ignore[arg-type]  # texts only


async def set_scene(folder: Path, operation: str, forge: Forge, **place: str) -> Scene:
    """Carries the operation out once."""
    scene = Scene(folder / "live", operation, place, [], 0)
    origin = Place(scene.folder, **place)  # type: ignore[arg-type]  # as above
    await crash_operations.prepare(origin)
    if operation == "compact":
        await crash_operations.delete_two(origin)
    if operation == "replace an index":
        path = origin.volumes("dindex")[0]
        path.write_bytes(path.read_bytes()[:-30])
    if operation == "repair":
        for kind in ("dlist", "dindex"):
            for path in origin.volumes(kind)[:2]:
                path.unlink()
        path = origin.volumes("dindex")[-1]
        path.write_bytes(path.read_bytes()[:100])
    shutil.copytree(scene.folder, scene.stock, symlinks=True)
    scene.points = await trio.to_thread.run_sync(lambda: forge.points(scene.folder, operation, **place))
    await origin.back_up()
    await origin.compact(threshold=1)
    scene.bytes_in_the_end = _size(origin.remote)
    return scene


async def kill_and_check(scene: Scene, point: str, forge: Forge) -> None:
    """Raises `AssertionError`."""
    place = scene.fresh()
    before = _versions(place) if scene.operation != "repair" else {}
    code = await trio.to_thread.run_sync(
        lambda: forge.run(scene.folder, scene.operation, point, **scene.place)
    )
    # What is done side by side may come by in another order, and not by this point.
    assert code in (-9, 0), f"it was not killed but ended with {code}"
    _check_versions(scene, place, before, scene.folder / "killed")
    await crash_operations.OPERATIONS[scene.operation](place)
    again = await place.back_up()
    told = [each.text for each in (*again.warnings, *again.errors)]
    assert told == [], told
    assert (await place.back_up()).unchanged, "the run after that stored something"
    _check_versions(scene, place, before, scene.folder / "healed")
    found = read_destination(place.remote, place.passphrase)
    assert found.damage == [], found.damage[:5]
    await _check_anew(place, scene.folder / "anew")
    await place.compact(threshold=1)
    _check_size(scene, place)


def _versions(place: Place) -> dict[str, int]:
    """Names of the file lists, and the numbers that their versions had in the beginning."""
    made = [path.name.split("-", 2)[1:] for path in place.folder.glob("source-*")]
    there = {path.name for path in place.volumes("dlist")}
    return {name: int(number) for number, name in made if name in there}


def _check_versions(scene: Scene, place: Place, before: dict[str, int], folder: Path) -> None:
    """Each version that was listed is there and gives what it was made of, read by another program."""
    found = read_destination(place.remote, place.passphrase)
    # What was not there before may be half an upload.
    whole = {version.name for version in found.versions}
    # A list of blocks that only its volume has costs time, and nothing else.
    told = (each for each in found.damage if "is in no dindex" not in each)
    harmed = [each for each in told if any(name in each for name in before)]
    assert harmed == [], harmed[:5]
    for first, number in before.items():
        name, without = first, frozenset[bytes]()
        source = scene.folder / f"source-{number}-{first}"
        if scene.operation == "purge" and name not in whole:
            name, without = _a_second_later(name), frozenset({b"often"})
        if name not in whole:
            assert number in _GOES.get(scene.operation, ()), f"the version {number} is gone"
            continue
        _compare(found, name, source, folder / str(number), without)


def _a_second_later(name: str) -> str:
    """What a list that was rewritten is called."""
    parsed = parse_name(name)
    assert parsed is not None
    assert parsed.stamp is not None
    return dlist_name(parsed.prefix, parsed.stamp + 1, parsed.encryption)


def _compare(found: Destination, name: str, source: Path, target: Path, without: frozenset[bytes]) -> None:
    restore(found, next(at for at, each in enumerate(found.versions) if each.name == name), target)
    expected = {path: content for path, content in _plain(source).items() if path not in without}
    assert _plain(target) == expected, name


def _plain(folder: Path) -> dict[bytes, bytes]:
    return {path: each.content for path, each in contents(folder).items() if each.kind == "file"}


async def _check_anew(place: Place, folder: Path) -> None:
    fresh = folder / "index.sqlite"
    await place.recreate(fresh)
    new, old = await canonical(fresh), await canonical(place.database)
    for part in ("versions", "blocklists", "volumes", "indexes"):
        assert new[part] == old[part], part
    await place.restore(folder / "restored", lost=True)
    assert tree(folder / "restored") == tree(place.source), "the newest version is not the source"


def _check_size(scene: Scene, place: Place) -> None:
    """Nothing of weight is there that a run without mishap would not have left. What was read and not yet
    stored may be cut into other volumes, which costs some hundred bytes each."""
    more = _size(place.remote) - scene.bytes_in_the_end
    assert more <= 30_000, f"{more} bytes more than without mishap"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
