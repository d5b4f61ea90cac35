"""A restore drill of backups that real Duplicati made finds nothing wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.golden import CASES, GoldenCase

from triplicati.engine.drill import drill
from triplicati.engine.opening import Keys
from triplicati.engine.outcome import settled
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.settings import DrillSettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.messages.results import DrilledVersion
from triplicati.storage.kinds.file import LocalFolder


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_nothing_is_wrong(case: GoldenCase, tmp_path: Path) -> None:
    keys = Keys(passphrase=case.passphrase, tempdir=str(tmp_path))
    remote = Remote(LocalFolder(case.remote), case.prefix, keys, Report())
    settings = DrillSettings(files=500, seed=1, max_threads=1)

    async def operation() -> list[DrilledVersion]:
        async with open_database(tmp_path / "index.sqlite") as database:
            await recreate(remote, database)
            return await drill(remote, database, settings, StopRequest())

    (found,) = await settled(operation)
    assert found.files > 0
    assert (found.damaged, found.unreached) == ([], [])
    assert (remote.report.errors, remote.report.warnings) == ([], [])
