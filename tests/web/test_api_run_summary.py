"""The runs of a backup by days of the calendar, over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.messages.saved import SavedSchedule
from triplicati.runner.clock import SystemClock

_NOW = datetime(2025, 6, 10, 12, tzinfo=UTC).timestamp()
_SUMMARY = "/api/v2/backup/1/runs/summary"


class StandingClock(SystemClock):
    def now(self) -> float:
        return _NOW


async def ran(web: WebDaemon, began: datetime, parsed: str, uploaded: int = 0) -> None:
    """A run of half a minute."""
    store, at = web.daemon.store, began.timestamp()
    number = await store.begin_run("1", 1, "Backup", "manual", at)
    result = f'{{"BackendStatistics":{{"BytesUploaded":{uploaded}}}}}'
    await store.end_run(number, at + 30, parsed, result, [])


async def summary(web: WebDaemon, **query: int) -> tuple[str, dict[str, dict[str, Any]]]:
    found = (await web.get(_SUMMARY, **query))["Data"]
    return found["Zone"], {each["Day"]: each for each in found["Days"]}


async def test_days_in_the_zone_of_the_schedule(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data", clock=StandingClock()) as web:
        schedule = SavedSchedule(0, int(_NOW) + 86400 * 300, "1D", zone="Asia/Tokyo", paused=True)
        await web.daemon.store.add_backup(a_backup(tmp_path, schedule=schedule))
        await ran(web, datetime(2025, 5, 1, 0, tzinfo=UTC), "Fatal", 1000)
        await ran(web, datetime(2025, 6, 8, 14, 59, tzinfo=UTC), "Success", 5)
        await ran(web, datetime(2025, 6, 8, 15, 1, tzinfo=UTC), "Warning", 7)
        await ran(web, datetime(2025, 6, 9, 3, tzinfo=UTC), "Success", 11)
        await web.daemon.store.begin_run("1", 9, "Backup", "manual", _NOW)
        zone, days = await summary(web)
        assert zone == "Asia/Tokyo"
        assert (len(days), next(iter(days)), list(days)[-1]) == (30, "2025-05-12", "2025-06-10")
        assert days["2025-06-08"] | {"Day": ""} == {
            "Day": "", "State": "Success", "Runs": 1, "Seconds": 30.0, "BytesUploaded": 5
        }
        ninth = days["2025-06-09"]
        assert (ninth["State"], ninth["Runs"], ninth["Seconds"]) == ("Warning", 2, 60.0)
        assert ninth["BytesUploaded"] == 18
        assert (days["2025-06-10"]["State"], days["2025-06-10"]["Seconds"]) == ("Running", 0.0)
        assert sum(each["Runs"] for each in days.values()) == 4
        _, longer = await summary(web, days=60)
        assert longer["2025-05-01"]["State"] == "Fatal"


async def test_more_runs_than_one_piece(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data", clock=StandingClock()) as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        await ran(web, datetime(2025, 6, 9, 1, tzinfo=UTC), "Error")
        for _ in range(201):
            await web.daemon.store.begin_run("1", 1, "Backup", "manual", _NOW)
        zone, days = await summary(web, days=2)
        assert zone == "UTC"
        assert {day: (each["State"], each["Runs"]) for day, each in days.items()} == {
            "2025-06-09": ("Error", 1),
            "2025-06-10": ("Running", 201),
        }


async def test_wrong_questions(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert (await web.get(_SUMMARY))["StatusCode"] == "BackupNotFound"
        for days in (0, 400):
            assert (await web.get(_SUMMARY, days=days))["StatusCode"] == "InvalidQuery"


async def test_the_days_of_all_backups(tmp_path: Path) -> None:
    """A strip of days is of backups: a restore is none, and one that runs or was stopped does not hide one
    that went well. More runs in a month than a page of runs holds are all counted."""
    async with a_web_daemon(tmp_path / "data", clock=StandingClock()) as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        for hour in range(24 * 20):
            await ran(web, datetime.fromtimestamp(_NOW, UTC) - timedelta(hours=24 * 20 + 6 - hour), "Success")
        for operation, state in (("Restore", "Fatal"), ("Backup", "Stopped")):
            number = await web.daemon.store.begin_run("1", 1, operation, "manual", _NOW - 5)
            await web.daemon.store.end_run(number, _NOW, state, "{}", [])
        await web.daemon.store.begin_run("1", 9, "Backup", "manual", _NOW)
        (found,) = (await web.get("/api/v2/runs/days"))["Data"]
        states = [each["State"] for each in found["Days"]]
        assert (found["BackupID"], len(states)) == ("1", 30)
        assert states == [""] * 9 + ["Success"] * 21
