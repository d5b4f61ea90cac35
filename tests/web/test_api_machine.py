"""Scratch room and tried filters over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trio
from support.daemons import a_backup
from support.web_daemon import a_web_daemon

ROOM, FILTER = "/api/v2/system/temp-disk-space", "/api/v2/filesystem/test-filter"


async def test_room_is_told_for_all_and_for_one_backup(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        room = (await web.post(ROOM))["Data"]
        assert 0 < room["FreeSpace"] <= room["TotalSpace"]
        assert room["DblockSize"] == 50 * 2**20
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        backup = a_backup(tmp_path, dblock_size="10mb", tempdir=str(scratch))
        number = await web.daemon.store.add_backup(backup)
        room = (await web.post(ROOM, {"BackupId": number}))["Data"]
        assert (room["TempPath"], room["DblockSize"]) == (str(scratch), 10 * 2**20)
        assert (await web.post(ROOM, {"BackupId": "99"}))["StatusCode"] == "BackupNotFound"


async def test_room_of_a_folder_that_is_gone_is_not_known(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await web.daemon.store.add_backup(a_backup(tmp_path, tempdir="/no/such/folder"))
        room = (await web.post(ROOM, {"BackupId": number}))["Data"]
        assert (room["FreeSpace"], room["TotalSpace"]) == (None, None)


async def test_filters_are_tried_without_looking_at_the_disk(tmp_path: Path) -> None:
    body = {
        "Paths": ["/s/", "/s/a.tmp", "/s/keep/b.txt", "/s/out/in.txt", "/elsewhere/x"],
        "Sources": ["/s/"],
        "Filters": ["-*.tmp", "-/s/out/"],
    }
    async with a_web_daemon(tmp_path / "data") as web:
        answer = await web.post(FILTER, body)
    assert answer["Data"] == [
        {"Path": "/s/", "Included": True, "MatchedFilter": None},
        {"Path": "/s/a.tmp", "Included": False, "MatchedFilter": "-*.tmp"},
        {"Path": "/s/keep/b.txt", "Included": True, "MatchedFilter": None},
        {"Path": "/s/out/in.txt", "Included": False, "MatchedFilter": "-/s/out/"},
    ]


async def test_a_filter_without_sign_is_refused(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        answer = await web.post(FILTER, {"Paths": ["/s/a"], "Sources": ["/s"], "Filters": ["*.tmp"]})
        assert (answer["Success"], answer["StatusCode"]) == (False, "InvalidFilter")


async def test_an_expression_that_takes_for_ever_keeps_nobody_waiting(tmp_path: Path) -> None:
    """It ran between all other requests: one filter stopped every backup and every page."""
    body = {"Paths": [f"/s/{'ab' * 23}dc"], "Sources": ["/s/"], "Filters": ["-[.*/(a|b|ab)*c]"]}
    answers: list[dict[str, Any]] = []
    async with a_web_daemon(tmp_path / "data") as web, trio.open_nursery() as nursery:

        async def ask() -> None:
            answers.append(await web.post(FILTER, body))

        nursery.start_soon(ask)
        for _ in range(3):
            await web.get("systeminfo")
        assert not answers
        web.stop.set()
    assert [each["Error"] for each in answers] == ["The server is stopping"]
