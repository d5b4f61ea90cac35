"""Backups of real Duplicati are tested in depth, and nothing is found to be wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.engine import ALL_KINDS
from support.golden import CASES, GoldenCase

from triplicati.engine.opening import Keys
from triplicati.engine.outcome import settled
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.settings import VerifySettings
from triplicati.engine.stopping import StopRequest
from triplicati.engine.verify import verify
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.messages.results import VerifyResult
from triplicati.storage.kinds.file import LocalFolder


async def verified(case: GoldenCase, folder: Path, remote_folder: Path | None = None) -> VerifyResult:
    """Twice: after the database was built the hashes of most volumes are not known, then all are."""
    keys = Keys(passphrase=case.passphrase)
    remote = Remote(LocalFolder(remote_folder or case.remote), case.prefix, keys, Report())
    settings = VerifySettings(samples=None, content=ALL_KINDS, full_blocks=True)

    async def operation() -> VerifyResult:
        async with open_database(folder / "index.sqlite") as database:
            await recreate(remote, database)
            first = await verify(remote, database, settings, StopRequest())
            second = await verify(remote, database, settings, StopRequest())
            names = {each.key for each in first.verifications}
            assert {each.key for each in second.verifications} == names
            return second

    return await settled(operation)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_nothing_is_wrong(case: GoldenCase, tmp_path: Path) -> None:
    result = await verified(case, tmp_path)
    assert {each.key for each in result.verifications} == {each.name for each in case.remote.glob("*.zip*")}
    assert [each for each in result.verifications if each.value] == []
    assert (result.errors, result.warnings) == ([], [])


@pytest.mark.parametrize("name", ["b-aes", "d-lookup", "j-gpg"])
@pytest.mark.parametrize("kind", ["dindex", "dblock"])
async def test_one_byte_is_found(name: str, kind: str, tmp_path: Path) -> None:
    case = CASES[name]
    copy = tmp_path / "remote"
    shutil.copytree(case.remote, copy)
    victim = sorted(copy.glob(f"*.{kind}.*"))[0]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 4
    victim.write_bytes(content)
    result = await verified(case, tmp_path, copy)
    assert [each.key for each in result.verifications if each.damaged] == [victim.name]
