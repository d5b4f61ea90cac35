"""Every backup of real Duplicati is restored from nothing but its destination."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from support.golden import CASES, GoldenCase

from triplicati.engine.opening import Keys
from triplicati.engine.outcome import settled
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.restore import restore
from triplicati.engine.settings import RestoreSettings
from triplicati.errors import PassphraseNeeded, WrongPassphrase
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.messages.results import RestoreResult
from triplicati.storage.kinds.file import LocalFolder
from triplicati.values.stamps import parse_stamp

ALL = [(case, version) for case in CASES.values() for version in case.versions]


async def restored(case: GoldenCase, folder: Path, settings: RestoreSettings) -> RestoreResult:
    remote = Remote(LocalFolder(case.remote), case.prefix, Keys(passphrase=case.passphrase), Report())

    async def operation() -> RestoreResult:
        async with open_database(folder / "index.sqlite") as database:
            await recreate(remote, database)
            return await restore(remote, database, settings)

    result = await settled(operation)
    assert (result.errors, result.warnings) == ([], [])
    return result


@pytest.mark.parametrize(("case", "version"), ALL, ids=[f"{case.name}-v{version}" for case, version in ALL])
async def test_every_version(case: GoldenCase, version: int, tmp_path: Path) -> None:
    number = len(case.versions) - case.versions.index(version) - 1
    target = tmp_path / "restored"

    await restored(case, tmp_path, RestoreSettings(versions=(number,), target=target, permissions=True))

    assert case.differences(version, target) == []


async def test_only_what_a_pattern_asks_for(tmp_path: Path) -> None:
    case = CASES["b-aes"]
    target = tmp_path / "restored"
    settings = RestoreSettings(patterns=("*/links/*",), target=target, permissions=True)

    result = await restored(case, tmp_path, settings)

    assert result.restored_symlinks > 0
    names = {path.name for path in target.iterdir()}
    assert "rel" in names
    assert not names & {"text", "links", "perm"}


async def test_the_newest_version_not_after_a_time(tmp_path: Path) -> None:
    case = CASES["d-lookup"]
    stamps = sorted(
        parse_stamp(path.name.split("-")[1].split(".")[0]) for path in case.remote.glob("*.dlist.*")
    )
    settings = RestoreSettings(time=stamps[1] + 0.5, target=tmp_path / "restored", permissions=True)

    result = await restored(case, tmp_path, settings)

    assert result.version_time == stamps[1]
    assert case.differences(case.versions[1], tmp_path / "restored") == []


async def test_control_files_come_with_a_restore_that_asks_for_them(tmp_path: Path) -> None:
    target = tmp_path / "restored"
    settings = RestoreSettings(versions=(1,), target=target, control_files=True, patterns=("*/plain.txt",))

    await restored(CASES["m-extras"], tmp_path, settings)

    assert {path.name for path in target.iterdir()} == {"plain.txt", "control.txt"}
    assert (target / "control.txt").read_bytes() == b"control file content\n"


async def test_a_missing_passphrase_and_a_wrong_one(tmp_path: Path) -> None:
    case = CASES["b-aes"]
    settings = RestoreSettings(target=tmp_path / "restored")

    with pytest.raises(WrongPassphrase, match=r"duplicati-\d{8}T\d{6}Z.dlist"):
        await restored(
            dataclasses.replace(case, passphrase="correct horse battery stapler"), tmp_path, settings
        )
    with pytest.raises(PassphraseNeeded):
        await restored(dataclasses.replace(case, passphrase=None), tmp_path, settings)
    assert not (tmp_path / "restored").exists()
