"""The schedule over the API; these routes are ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.messages.saved import SavedSchedule

_2036 = 2_083_321_800  # 2036-01-07T12:30:00Z, a Monday


async def plan(web: WebDaemon) -> dict[str, Any]:
    found = await web.get("/api/v2/schedule")
    assert found["Success"]
    result: dict[str, Any] = found["Data"]
    return result


async def test_what_is_due_with_its_zone(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data", zone="Europe/Berlin") as web:
        store = web.daemon.store
        await store.add_backup(a_backup(tmp_path, "One", schedule=SavedSchedule(-1, _2036, "1D")))
        await store.add_backup(a_backup(tmp_path, "Two", schedule=SavedSchedule(-1, _2036 + 60, "1D")))
        await store.set_schedule_zone("2", "America/New_York")
        with trio.fail_after(10):
            while len((found := await plan(web))["Proposed"]) < 2:
                await trio.sleep(0.05)
        assert found["Zone"] == "Europe/Berlin"
        assert found["Proposed"] == [
            {
                "BackupID": "1",
                "Due": "2036-01-07T12:30:00Z",
                "Local": "2036-01-07T13:30:00+01:00",
                "Zone": "Europe/Berlin",
                "Paused": False,
            },
            {
                "BackupID": "2",
                "Due": "2036-01-07T12:31:00Z",
                "Local": "2036-01-07T07:31:00-05:00",
                "Zone": "America/New_York",
                "Paused": False,
            },
        ]
        assert found["Overdue"] == []


async def test_off_and_on_again(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path, schedule=SavedSchedule(-1, _2036, "1D")))
        await web.daemon.store.add_backup(a_backup(tmp_path, "Unplanned"))
        shown = await web.post("/api/v2/backup/1/schedule/pause")
        assert shown["Data"]["Repeat"] == "1D"
        with trio.fail_after(10):
            while not (decided := (await plan(web))["Decisions"]):
                await trio.sleep(0.05)
        assert (decided[0]["BackupID"], decided[0]["Reason"]) == ("1", "schedule-off")
        await web.post("/api/v2/backup/1/schedule/resume")
        saved = await web.daemon.backup("1")
        assert saved.schedule is not None
        assert saved.schedule.paused is False
        assert (await web.post("/api/v2/backup/2/schedule/pause"))["StatusCode"] == "ScheduleNotFound"
        assert (await web.post("/api/v2/backup/9/schedule/pause"))["StatusCode"] == "BackupNotFound"


async def test_preview(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        rule = {"Time": "2036-01-07T12:30:00Z", "Repeat": "1D", "AllowedDays": ["Monday", "Friday"]}
        found = await web.post("/api/v2/schedule/preview", {**rule, "Zone": "Europe/Berlin"})
        assert [each["Local"] for each in found["Data"]] == [
            "2036-01-07T13:30:00+01:00",
            "2036-01-11T13:30:00+01:00",
            "2036-01-14T13:30:00+01:00",
            "2036-01-18T13:30:00+01:00",
            "2036-01-21T13:30:00+01:00",
        ]
        assert found["Data"][0]["Due"] == "2036-01-07T12:30:00Z"
        past = {"Time": "2001-01-01T00:00:00Z", "Repeat": "6h", "Count": 2}
        first, second = (await web.post("/api/v2/schedule/preview", past))["Data"]
        assert first["Zone"] == "UTC"
        assert first["Due"] < second["Due"]
        assert first["Due"] > (await plan(web))["Now"]


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"Time": "2036-01-07T12:30:00Z", "Repeat": ""}, "BackupInvalid"),
        ({"Time": "2036-01-07T12:30:00Z", "Repeat": "1m"}, "BackupInvalid"),
        ({"Time": "2036-01-07T12:30:00Z", "Repeat": "often"}, "BackupInvalid"),
        ({"Time": "soon", "Repeat": "1D"}, "BackupInvalid"),
        ({"Time": "2036-01-07T12:30:00Z", "Repeat": "1D", "AllowedDays": ["Mo"]}, "BackupInvalid"),
        ({"Time": "2036-01-07T12:30:00Z", "Repeat": "1D", "Zone": "Europe/Atlantis"}, "InvalidValue"),
    ],
)
async def test_rules_that_are_none(tmp_path: Path, rule: dict[str, Any], status: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post("/api/v2/schedule/preview", rule)
        assert (found["Success"], found["StatusCode"]) == (False, status)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
async def test_the_end_of_time_does_not_end_the_daemon(tmp_path: Path, zone: str) -> None:
    """Clients may write any date; a zone east of Greenwich is in the year 10000 then."""
    async with a_web_daemon(tmp_path / "data", zone=zone) as web:
        body: dict[str, Any] = {
            "Backup": {
                "Name": "Late",
                "TargetURL": tmp_path.as_uri(),
                "Sources": ["/x/"],
                "Settings": [{"Name": "--no-encryption", "Value": "true"}],
            },
            "Schedule": {"Time": "9999-12-31T23:59:59Z", "Repeat": "1D"},
        }
        await web.post("backups", body)
        with trio.fail_after(10):
            while not (found := await plan(web))["Proposed"]:
                await trio.sleep(0.05)
        assert found["Proposed"][0]["Due"].startswith("9999-12-30")
        assert (await web.post("/api/v2/schedule/preview", body["Schedule"]))["Success"]
