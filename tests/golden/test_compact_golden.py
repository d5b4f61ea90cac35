"""Every block of a backup of real Duplicati is packed anew, and every version comes back as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.golden import CASES, GoldenCase

from triplicati.engine.compact import compact
from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.opening import Keys
from triplicati.engine.outcome import settled
from triplicati.engine.reconcile import reconcile
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.restore import restore
from triplicati.engine.settings import RestoreSettings, UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.messages.results import CompactResult, RestoreResult
from triplicati.storage.kinds.file import LocalFolder

# Every volume is small, and one is too many.
_ALL = CompactRules(small_size=1 << 40, small_count=0)


def _remote(case: GoldenCase, destination: Path) -> Remote:
    return Remote(LocalFolder(destination), case.prefix, Keys(passphrase=case.passphrase), Report())


async def _compacted(case: GoldenCase, destination: Path, index: Path) -> CompactResult:
    remote = _remote(case, destination)
    settings = UpkeepSettings(rules=_ALL, encryption=case.encryption, upload_folder=str(index.parent))

    async def operation() -> CompactResult:
        async with open_database(index) as database:
            await recreate(remote, database)
            await reconcile(remote, database)
            return await compact(remote, database, settings, StopRequest())

    return await settled(operation)


async def _restored(case: GoldenCase, destination: Path, folder: Path, number: int) -> RestoreResult:
    remote = _remote(case, destination)
    settings = RestoreSettings(versions=(number,), target=folder / "restored", permissions=True)

    async def operation() -> RestoreResult:
        async with open_database(folder / "index.sqlite") as database:
            await recreate(remote, database)
            return await restore(remote, database, settings)

    return await settled(operation)


# gpg takes longer than all others together.
_SLOW = {"j-gpg": pytest.mark.endurance}


@pytest.mark.parametrize("name", [pytest.param(each, marks=_SLOW.get(each, ())) for each in sorted(CASES)])
async def test_nothing_is_lost(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    destination = tmp_path / "remote"
    shutil.copytree(case.remote, destination)
    before = {path.name for path in destination.glob("*.dblock.*")}

    result = await _compacted(case, destination, tmp_path / "index.sqlite")

    assert (result.errors, result.warnings) == ([], [])
    after = {path.name for path in destination.glob("*.dblock.*")}
    assert after
    if len(before) > 1:
        assert not before & after
    for number, version in enumerate(reversed(case.versions)):
        folder = tmp_path / f"v{version}"
        folder.mkdir()
        found = await _restored(case, destination, folder, number)
        assert (found.errors, found.warnings) == ([], [])
        assert case.differences(version, folder / "restored") == []
