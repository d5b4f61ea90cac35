"""The preview of a retention rule says what the next run then deletes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.messages.saved import Setting

_PREVIEW, _SAVED = "/api/v2/retention/preview", "/api/v2/backup/1/retention/preview"


async def versions(web: WebDaemon, tmp_path: Path, count: int) -> list[str]:
    """The times of so many versions, newest first."""
    await web.daemon.store.add_backup(a_backup(tmp_path))
    for number in range(count):
        (tmp_path / "source" / "a.txt").write_text(f"text {number}")
        await web.ended(await web.post("backup/1/run"))
    return await times(web)


async def save(web: WebDaemon, options: dict[str, str]) -> None:
    """With these options too."""
    backup = await web.daemon.backup("1")
    more = [Setting(f"--{name.removeprefix('--')}", text) for name, text in options.items()]
    settings = (*backup.settings, *more)
    await web.daemon.store.update_backup(msgspec.structs.replace(backup, settings=settings))


async def times(web: WebDaemon) -> list[str]:
    found = await web.post("/api/v2/backup/list-filesets", {"BackupId": "1"})
    return [each["Time"] for each in found["Data"]]


@pytest.mark.parametrize(
    ("options", "decides", "kept"),
    [
        ({"keep-versions": "2"}, "keep-versions", 2),
        ({"--retention-policy": "U:1Y"}, "retention-policy", 2),
        ({"keep-time": "1D"}, "keep-time", 4),
        ({}, "", 4),
    ],
)
async def test_the_next_run_does_it(
    tmp_path: Path, options: dict[str, str], decides: str, kept: int
) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        before = await versions(web, tmp_path, 3)
        wanted = {"Options": options, "AfterRun": True}
        told = (await web.post(_SAVED, wanted))["Data"]
        assert (told["Option"], told["Kept"], told["Deleted"]) == (decides, kept, 4 - kept)
        assert [each["Version"] for each in told["Versions"]] == [-1, 0, 1, 2]
        assert [each["Time"] for each in told["Versions"]][1:] == before
        assert told["Versions"][1]["FileSizes"] > 0
        assert await times(web) == before
        await save(web, options)
        assert (await web.post(_SAVED, {"AfterRun": True}))["Data"]["Option"] == decides
        (tmp_path / "source" / "a.txt").write_text("the last one")
        await web.ended(await web.post("backup/1/run"))
        stays = [each["Time"] for each in told["Versions"][1:] if each["Keep"]]
        assert (await times(web))[1:] == stays


async def test_a_rule_that_is_given_replaces_the_saved_one(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await versions(web, tmp_path, 2)
        await save(web, {"retention-policy": "U:1s"})
        assert (await web.post(_SAVED, {}))["Data"]["Option"] == "retention-policy"
        told = (await web.post(_SAVED, {"Options": {"keep-versions": "1"}}))["Data"]
        assert (told["Option"], told["Kept"], told["Deleted"]) == ("keep-versions", 1, 1)


async def test_versions_that_do_not_exist_yet(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        days: list[dict[str, Any]] = [{"Time": f"2025-03-{day:02}T12:00:00Z"} for day in range(1, 31)]
        policy = {"Options": {"retention-policy": "1W:1D,4W:1W"}, "At": "2025-03-30T13:00:00Z"}
        told = (await web.post(_PREVIEW, policy | {"Versions": days}))["Data"]
        rows = told["Versions"]
        assert [each["Time"] for each in rows] == [each["Time"] for each in reversed(days)]
        assert [each["Keep"] for each in rows[:7]] == [True] * 7
        assert told["Kept"] == sum(each["Keep"] for each in rows) == 7 + 3
        assert (rows[0]["Frame"], rows[0]["Interval"]) == (7 * 86400, 86400)
        assert (rows[10]["Frame"], rows[10]["Interval"]) == (28 * 86400, 7 * 86400)
        assert (rows[-1]["InFrame"], rows[-1]["Keep"]) == (False, False)
        assert (await web.post(_PREVIEW, {}))["Data"]["Versions"] == []


@pytest.mark.parametrize(
    ("wanted", "identity"),
    [
        ({"Options": {"retention-policy": "x"}}, "RetentionPolicyInvalidValue"),
        ({"Options": {"passphrase": "x"}}, "InvalidValue"),
        ({"At": "never ever"}, "InvalidValue"),
    ],
)
async def test_what_cannot_be_tried(tmp_path: Path, wanted: dict[str, Any], identity: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post(_PREVIEW, wanted)
        assert (found["Success"], found["StatusCode"]) == (False, identity)


async def test_a_year_of_runs_with_the_rule_after_each(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        daily = {"Time": "2024-01-01T02:00:00Z", "Repeat": "1D", "AllowedDays": []}
        told = (await web.post(_PREVIEW, {"Schedule": daily}))["Data"]
        assert (told["Option"], told["Kept"], told["Deleted"]) == ("", 365, 0)
        assert told["At"] == told["Versions"][0]["Time"]
        assert told["Versions"][0]["Time"].endswith("T02:00:00Z")
        later = {**daily, "Time": "2090-03-01T23:59:00Z"}
        assert (await web.post(_PREVIEW, {"Schedule": later}))["Data"]["Kept"] == 365
        few = {"Options": {"keep-versions": "12"}, "Schedule": daily}
        told = (await web.post(_PREVIEW, few))["Data"]
        assert (told["Kept"], told["Deleted"]) == (12, 353)
        assert [each["Keep"] for each in told["Versions"][:13]] == [True] * 12 + [False]
        smart = {"Options": {"retention-policy": "1W:1D,4W:1W,12M:1M"}, "Schedule": daily}
        told = (await web.post(_PREVIEW, smart))["Data"]
        assert 7 + 3 + 10 <= told["Kept"] <= 8 + 4 + 12
        often = {"Options": {"keep-versions": "1"}, "Schedule": {**daily, "Repeat": "1h"}}
        told = (await web.post(_PREVIEW, often))["Data"]
        assert (told["Kept"], len(told["Versions"])) == (1, 1500)
        bad = await web.post(_PREVIEW, {"Schedule": {**daily, "Repeat": "often"}})
        assert (bad["Success"], bad["StatusCode"]) == (False, "BackupInvalid")
