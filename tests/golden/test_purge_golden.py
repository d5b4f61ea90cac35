"""A backup of real Duplicati that lost a volume: what is broken in it is listed and purged, and all the rest
comes back."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from support.golden import CASES, GoldenCase
from support.independent_reader import dblocks_needed, read_destination

from triplicati.engine.broken_files import list_broken_files
from triplicati.engine.listing import accepting
from triplicati.engine.opening import Keys
from triplicati.engine.outcome import settled
from triplicati.engine.purge import purge
from triplicati.engine.purge_broken import purge_broken
from triplicati.engine.reconcile import reconcile
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.restore import restore
from triplicati.engine.settings import RestoreSettings, UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import Database, open_database
from triplicati.messages.progress import Report
from triplicati.storage.kinds.file import LocalFolder

T = TypeVar("T")
# More than one volume with data, so that something is left when one is lost.
SEVERAL = ["d-lookup", "m-extras"]
READABLE = ["d-lookup", "g-hashes", "l-bigmeta", "m-extras"]


class Copy:
    """A golden destination that may be changed, with a database for it."""

    def __init__(self, case: GoldenCase, folder: Path) -> None:
        self.case = case
        self.folder = folder
        self.destination = folder / "remote"
        shutil.copytree(case.remote, self.destination)
        self.settings = UpkeepSettings(encryption=case.encryption, upload_folder=str(folder / "staging"))

    @property
    def remote(self) -> Remote:
        keys = Keys(passphrase=self.case.passphrase)
        return Remote(LocalFolder(self.destination), self.case.prefix, keys, Report())

    async def with_database(self, work: Callable[[Remote, Database], Awaitable[T]], name: str = "index") -> T:
        """Made of the destination where there is none of that name."""
        path, remote = self.folder / f"{name}.sqlite", self.remote

        async def operation() -> T:
            lost = not path.exists()
            async with open_database(path) as database:
                if lost:
                    await recreate(remote, database)
                return await work(remote, database)

        return await settled(operation)

    def found(self) -> dict[str, set[str]]:
        """The paths of each version, by its time."""
        destination = read_destination(self.destination, self.case.passphrase, self.case.prefix)
        # Of a destination whose indexes have no lists, one that was made anew has some.
        damage = [each for each in destination.damage if "is in no dindex" not in each]
        assert damage == []
        return {each.time: {entry.path for entry in each.entries} for each in destination.versions}


@pytest.mark.parametrize(("name", "known"), [*((name, True) for name in SEVERAL), ("d-lookup", False)])
async def test_a_lost_volume(name: str, known: bool, tmp_path: Path) -> None:
    """`known`: the database has seen what is lost; else it is built after the loss."""
    case = CASES[name]
    copy = Copy(case, tmp_path)
    before = read_destination(case.remote, case.passphrase, case.prefix)
    needs = {
        (number, entry.path): dblocks_needed(before, entry)
        for number, version in enumerate(reversed(before.versions))
        for entry in version.entries
    }
    volumes = sorted(set(before.volume_of_block.values()))
    victim = min(volumes, key=lambda volume: sum(volume in each for each in needs.values()))

    if known:
        await copy.with_database(reconcile)
    (copy.destination / victim).unlink()
    listed = await copy.with_database(lambda r, d: list_broken_files(r, d, limit=None))
    broken = {(each.number, file.path) for each in listed.broken_files for file in each.files}
    assert broken == {where for where, each in needs.items() if victim in each}

    stop = StopRequest()
    result = await copy.with_database(lambda r, d: purge_broken(r, d, copy.settings, stop))
    assert result.errors == []
    after = list(reversed(copy.found().values()))
    assert len(after) == len(before.versions)
    gone = {(number, path) for number, path in needs if path not in after[number]}
    assert gone <= broken
    assert result.purge_results is not None
    assert len(gone) == result.purge_results.removed_file_count
    for number in range(len(after)):
        settings = RestoreSettings(versions=(number,), target=tmp_path / f"restored-{number}")
        restored = await copy.with_database(lambda r, d, s=settings: restore(r, d, s), "fresh")  # type: ignore[misc]  # a default binds the loop's value
        assert restored.errors == []
        assert restored.broken_files == []
    assert (await copy.with_database(list_broken_files, "fresh")).broken_files == []


@pytest.mark.parametrize("name", READABLE)
async def test_purged_paths_are_in_no_version_and_all_others_in_each(name: str, tmp_path: Path) -> None:
    copy = Copy(CASES[name], tmp_path)
    before = list(copy.found().values())
    victim = min(path for path in before[-1] if not path.endswith("/"))
    accepts = accepting([victim], (), case_sensitive=True)

    async def work(remote: Remote, database: Database) -> int:
        await reconcile(remote, database)
        result = await purge(remote, database, copy.settings, None, accepts, StopRequest())
        assert (result.errors, result.warnings) == ([], [])
        return result.removed_file_count

    count = await copy.with_database(work)
    assert count == sum(victim in each for each in before) > 0
    assert list(copy.found().values()) == [each - {victim} for each in before]
