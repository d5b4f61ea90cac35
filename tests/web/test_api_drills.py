"""Restore drills over the API, and the test after a backup as who watches sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.daemons import a_backup
from support.engine import noise
from support.web_daemon import WebDaemon, a_web_daemon

_DRILL, _DRILLS = "/api/v2/backup/1/drill", "/api/v2/backup/1/drills"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    """Two versions."""
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
        for number in range(2):
            (tmp_path / "source" / f"{number}").write_bytes(noise(20_000, number))
            assert (await web.ended(await web.post("backup/1/run"))).parsed == "Success"
        yield web


async def drilled(web: WebDaemon, **wanted: Any) -> Any:
    answer = await web.post(_DRILL, wanted)
    return await web.ended(answer["Data"])


async def proof(web: WebDaemon) -> tuple[str | None, str, int]:
    found = (await web.get("/api/v2/backup/1/proof"))["Data"]
    return found["LastDrill"], found["DrillOutcome"], found["DrilledVersions"]


async def test_before_and_after(web: WebDaemon) -> None:
    before = (await web.get(_DRILLS))["Data"]
    assert [each["Version"] for each in before] == [0, 1]
    assert [(each["Drilled"], each["Outcome"]) for each in before] == [(None, "")] * 2
    assert await proof(web) == (None, "", 0)

    task = await drilled(web)
    assert (task.operation, task.parsed) == ("Verify", "Success")
    last, outcome, count = await proof(web)
    assert last is not None
    assert datetime.now(UTC) - datetime.fromisoformat(last) < timedelta(minutes=2)
    assert (outcome, count) == ("good", 1)

    await drilled(web, Drills=2, Files=2, Size=1 << 20)
    after = (await web.get(_DRILLS))["Data"]
    assert [(each["Outcome"], each["Files"], each["Damaged"]) for each in after] == [("good", 2, 0)] * 2
    for wrong in ({"Drills": 0}, {"Files": -1}, {"Size": "much"}):
        await web.post(_DRILL, wrong, 400)
    (entry, *_) = await web.get("backup/1/log")
    assert '"DrillsActualLength": 2' in entry["Message"]
    assert '"VerificationsActualLength": 0' in entry["Message"]


async def test_damage_is_shown(web: WebDaemon, tmp_path: Path) -> None:
    for victim in tmp_path.glob("destination-*/*.dblock.*"):
        victim.unlink()
    task = await drilled(web)
    assert task.parsed == "Error"
    assert (await proof(web))[1:] == ("damaged", 1)
    (run, *_) = (await web.get("/api/v2/backup/1/runs"))["Data"]
    problems = (await web.get(f"/api/v2/run/{run['ID']}/problems"))["Data"]
    assert {each["ID"] for each in problems} == {"DrillFileDamaged"}


async def test_what_is_kept_and_what_a_lost_database_forgets(web: WebDaemon) -> None:
    found = (await web.get("/api/v2/backup/1/proof"))["Data"]
    assert found["Checked"] >= 5  # three after each, and never one twice while another was not
    (entry, *_) = await web.get("backup/1/log")
    assert '"TestResults": {' in entry["Message"]
    await drilled(web)
    await web.post("backup/1/deletedb")
    assert (await web.get(_DRILLS))["Data"] == []
    assert await proof(web) == (None, "", 0)
