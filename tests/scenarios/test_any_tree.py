"""Any tree at all: each version comes back as it was, or a warning names what does not."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import msgspec
import trio
from hypothesis import given, settings
from support.engine import Entry, Place, tree
from support.independent_reader import read_destination
from support.odd_trees import Change, apply_changes, changes

from triplicati.messages.progress import Problem
from triplicati.source.names import stored_name

_EXAMPLES = int(os.environ.get("TRIPLICATI_TREES", "25"))


@settings(max_examples=_EXAMPLES)
@given(changes(30), changes(12), changes(6))
def test_every_version_of_any_tree_is_restored(
    first: list[Change], second: list[Change], third: list[Change]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        trio.run(_live, Place(Path(folder)), [first, second, third])


async def _live(place: Place, history: list[list[Change]]) -> None:
    place.source.mkdir()
    versions: dict[int, tuple[dict[bytes, Entry], dict[bytes, tuple[int, int]], list[Problem]]] = {}
    for made in history:
        apply_changes(place.source, made)
        expected, owners = wanted(place.source), owners_of(place.source)
        result = await place.back_up()
        assert result.errors == []
        if result.version_time:
            versions[result.version_time] = expected, owners, result.warnings
        else:  # only what no backup keeps had changed
            assert expected == next(reversed(versions.values()))[0]
    assert (await place.back_up()).unchanged
    assert read_destination(place.remote, None).damage == []
    for number, (stamp, (expected, owners, warnings)) in enumerate(reversed(versions.items())):
        target = place.folder / f"restored-{number}"
        restored = await place.restore(target, versions=(number,), lost=number == 0)
        assert restored.version_time == stamp
        _compare(target, expected, owners, [*warnings, *restored.warnings, *restored.errors])


def wanted(source: Path) -> dict[bytes, Entry]:
    """The tree without what no backup keeps: pipes, sockets, and the bits that change whose rights a program
    has."""
    kept = {}
    for path, entry in tree(source).items():
        if entry.kind in ("file", "folder", "link"):
            kept[path] = msgspec.structs.replace(entry, mode=entry.mode & 0o777)
    return kept


def owners_of(source: Path) -> dict[bytes, tuple[int, int]]:
    found = {}
    for folder, folders, files in os.walk(os.fsencode(source)):
        for name in (*folders, *files):
            status = os.lstat(os.path.join(folder, name))
            if not stat.S_ISLNK(status.st_mode):  # a link's own is not restored
                found[os.path.relpath(os.path.join(folder, name), os.fsencode(source))] = (
                    status.st_uid,
                    status.st_gid,
                )
    return found


def _compare(
    target: Path,
    expected: dict[bytes, Entry],
    owners: dict[bytes, tuple[int, int]],
    told: list[Problem],
) -> None:
    restored = tree(target) if target.exists() else {}
    warned = " ".join(f"{each.path} {each.text}" for each in told)
    differences = [
        path
        for path in expected.keys() | restored.keys()
        if expected.get(path) != restored.get(path) and stored_name(os.fsdecode(path)) not in warned
    ]
    assert [(path, expected.get(path), restored.get(path)) for path in differences] == []
    found = owners_of(target) if target.exists() else {}
    if os.geteuid() == 0:
        assert {path: owner for path, owner in found.items() if owner != owners.get(path)} == {}
