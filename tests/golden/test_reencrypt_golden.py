"""Backups of real Duplicati get another encryption, and hold afterwards what they held."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.golden import CASES
from support.independent_reader import Destination, read_destination, restore

from triplicati.engine.opening import Keys
from triplicati.engine.outcome import settled
from triplicati.engine.recreate import recreate
from triplicati.engine.reencrypt import reencrypt
from triplicati.engine.reencrypt_plan import NewEncryption
from triplicati.engine.remote import Remote
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.storage.kinds.file import LocalFolder


def held(found: Destination, folder: Path) -> list[dict[str, bytes]]:
    """Files of each version by their paths."""
    versions = []
    for number in range(len(found.versions)):
        target = folder / str(number)
        restore(found, number, target)
        paths = [path for path in target.rglob("*") if path.is_file() and not path.is_symlink()]
        versions.append({str(path.relative_to(target)): path.read_bytes() for path in paths})
    return versions


@pytest.mark.parametrize("new", ["aes", ""])
@pytest.mark.parametrize("name", ["b-aes", "d-lookup", "m-extras", "g-hashes"])
async def test_another_encryption(name: str, new: str, tmp_path: Path) -> None:
    case = CASES[name]
    if case.encryption == new == "":
        new = "aes"
    place = tmp_path / "remote"
    shutil.copytree(case.remote, place)
    before = read_destination(place, case.passphrase, case.prefix)
    remote = Remote(LocalFolder(place), case.prefix, Keys(passphrase=case.passphrase), Report())
    settings = UpkeepSettings(upload_folder=str(tmp_path / "staging"))
    passphrase = "another" if new else None

    async def operation() -> None:
        async with open_database(tmp_path / "index.sqlite") as database:
            await recreate(remote, database)
            result = await reencrypt(
                remote, database, settings, NewEncryption(new, passphrase), StopRequest()
            )
            assert (result.errors, result.warnings, result.left) == ([], [], 0)

    await settled(operation)
    after = read_destination(place, passphrase, case.prefix)
    assert after.damage == []
    assert held(after, tmp_path / "after") == held(before, tmp_path / "before")
