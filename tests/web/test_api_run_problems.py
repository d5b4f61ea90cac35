"""What runs complained about, grouped, over the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import msgspec
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.config.server.database import NAME
from triplicati.messages.log import LogLine
from triplicati.runner.logs import RunLog


async def ran(web: WebDaemon) -> list[dict[str, Any]]:
    """The problems of a new run."""
    await web.ended(await web.post("backup/1/run"))
    run = (await web.get("/api/v2/backup/1/runs"))["Data"][0]["ID"]
    found: list[dict[str, Any]] = (await web.get(f"/api/v2/run/{run}/problems"))["Data"]
    return found


async def test_a_file_that_cannot_be_read_is_told_with_its_path(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path, passphrase=None)
        gone = [str(tmp_path / name) for name in ("nowhere", "missing")]
        backup = msgspec.structs.replace(backup, sources=[*backup.sources, *gone])
        await web.daemon.store.add_backup(backup)
        first, again = await ran(web), await ran(web)
        assert [(each["Level"], each["ID"], each["Count"]) for each in first] == [
            ("Warning", "SourceIsMissing", 2)
        ]
        assert sorted(each["Path"].rstrip("/") for each in first[0]["Samples"]) == sorted(gone)
        assert all(each["Path"] in each["Text"] for each in first[0]["Samples"])
        assert again[0]["FirstSeen"] == first[0]["FirstSeen"]
        await web.delete("backup/1")
        assert (await web.get("/api/v2/run/1/problems"))["Success"] is False


async def test_a_failed_run_has_problems_too(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path, passphrase=None, nosuch_option="1")
        await web.daemon.store.add_backup(msgspec.structs.replace(backup, target_url="bogus://somewhere"))
        found = {each["Level"]: each for each in await ran(web)}
        assert {level: each["Count"] for level, each in found.items()} == {"Error": 1, "Warning": 1}
        # What made it fail, not merely that it did.
        assert found["Error"]["ID"] == "UnsupportedBackend"
        run = (await web.get("/api/v2/backup/1/runs"))["Data"][0]
        assert run["Numbers"]["Errors"] == 1
        assert found["Error"]["Samples"][0]["Text"] == run["Message"]


async def test_a_database_of_an_earlier_release_gets_the_table(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data"):
        pass
    connection = apsw.Connection(str(tmp_path / "data" / NAME))
    connection.execute("DROP TABLE TriplicatiProblem")
    connection.close()
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
        assert await ran(web) == []


def test_of_many_only_the_first_are_kept() -> None:
    log = RunLog()
    for at in range(5000):
        log.add(LogLine(0.0, "Warning", "tag", f"Id{at % 300}", f"text {at}", path=f"/{at}"))
    assert len(log.problems) == 200
    assert log.problems[0].count == 17
    for at in range(500):
        log.add(LogLine(0.0, "Error", "tag", "Id0", f"text {at}"))
    assert len(log.problems) == 200
