"""The further destinations of a saved backup by the API: how far they are, and what they are good for."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.messages.saved import TargetUrl

CANARY = "canary-5d1"


async def saved(web: WebDaemon, tmp_path: Path, *targets: TargetUrl) -> str:
    return await web.daemon.store.add_backup(
        msgspec.structs.replace(a_backup(tmp_path, number_of_retries="0"), targets=targets)
    )


async def test_how_far_each_is(tmp_path: Path) -> None:
    good = TargetUrl("a", (tmp_path / "copy").as_uri())
    seldom = TargetUrl("b", (tmp_path / "seldom").as_uri(), "counting", options={"count": "3"})
    bad = TargetUrl("c", f"nothing://{CANARY}@host/x?auth-password={CANARY}")
    async with a_web_daemon(tmp_path / "data") as web:
        number = await saved(web, tmp_path, good, seldom, bad)
        rows = (await web.get(f"/api/v2/backup/{number}/copies"))["Data"]
        assert [row["Behind"] for row in rows] == [None] * 3
        assert [row["Number"] for row in rows] == [1, 2, 3]
        await web.ended(await web.post(f"backup/{number}/run"))
        answer = await web.client.get(f"/api/v2/backup/{number}/copies")
        assert CANARY not in answer.text
        first, second, third = answer.json()["Data"]
        assert (first["Behind"], first["Error"], first["Mode"]) == (0, "", "inline")
        assert first["Copied"] is not None
        assert (second["Behind"], second["LeftOut"], second["Copied"]) == (1, 1, None)
        assert (third["Behind"], third["Target"]) == (1, "nothing://host/x")
        assert '"nothing" is not supported' in third["Error"]
        task = await web.ended((await web.post(f"/api/v2/backup/{number}/copies", status=200))["Data"])
        assert task.parsed == "Warning"  # one of them still cannot be reached
        rows = (await web.get(f"/api/v2/backup/{number}/copies"))["Data"]
        assert [(row["Behind"], row["LeftOut"]) for row in rows] == [(0, 0), (0, 0), (1, 0)]


async def test_without_any_there_is_nothing(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await saved(web, tmp_path)
        assert (await web.get(f"/api/v2/backup/{number}/copies"))["Data"] == []


async def test_a_copy_is_tested_restored_from_and_mends_the_destination(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await saved(web, tmp_path, TargetUrl("a", (tmp_path / "copy").as_uri()))
        await web.ended(await web.post(f"backup/{number}/run"))
        original = tmp_path / "destination-Docs"
        shutil.rmtree(original)
        original.mkdir()
        started = await web.post(f"/api/v2/backup/{number}/copies/verify", {"Number": 1, "Samples": None})
        assert (await web.ended(started["Data"])).parsed == "Success"
        wanted = {"restore_path": str(tmp_path / "back"), "time": "latest", "use_copy": 1}
        task = await web.ended(await web.post(f"backup/{number}/restore", wanted))
        assert (task.parsed, task.error) == ("Success", "")
        assert (tmp_path / "back" / "a.txt").read_text() == "hello"
        await web.ended(await web.post(f"backup/{number}/repair"))
        assert sorted(each.name for each in original.iterdir()) == sorted(
            each.name for each in (tmp_path / "copy").iterdir()
        )
        absent = await web.post(f"/api/v2/backup/{number}/copies/verify", {"Number": 2})
        assert "no further destination 2" in (await web.ended(absent["Data"])).error
