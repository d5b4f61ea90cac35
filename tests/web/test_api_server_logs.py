"""The server's logs over HTTP."""

from __future__ import annotations

from pathlib import Path

from support.web_daemon import a_web_daemon


async def test_lines_of_the_live_log_are_polled(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        web.daemon.say("Information", "One", "first")
        web.daemon.say("Warning", "Two", "second", "why")
        rows = await web.get("logdata/poll", level="information", id=0)
        one, two = rows[-2:]
        assert (one["MessageID"], one["Type"]) == ("One", "Information")
        assert (one["Exception"], one["TaskID"]) == (None, "")
        assert (two["Message"], two["Exception"]) == ("second", "why")
        assert one["When"].endswith("Z")
        assert await web.get("logdata/poll", level="Warning", id=one["ID"]) == [two]
        assert await web.get("logdata/poll", level="Information", id=two["ID"]) == []
        assert await web.get("logdata/poll", level="information", pagesize=1) == [two]


async def test_a_poll_keeps_finer_lines_for_the_next_one(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        web.daemon.say("Verbose", "Fine", "not kept")
        await web.get("logdata/poll", level="Verbose")
        web.daemon.say("Verbose", "Fine", "kept")
        found = [row["Message"] for row in await web.get("logdata/poll", level="verbose")]
        assert "kept" in found
        assert "not kept" not in found


async def test_an_unknown_level_is_refused(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert "Profiling" in (await web.get("logdata/poll", level="loud", status=400))["Error"]


async def test_kept_errors_come_newest_first_and_are_cleared(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_error("1", "old", "trace")
        await web.daemon.store.add_error(None, "new")
        rows = await web.get("logdata/log", pagesize=50, offset=0)
        assert [row["Message"] for row in rows] == ["new", "old"]
        assert (rows[0]["BackupID"], rows[1]["BackupID"]) == (None, "1")
        assert isinstance(rows[0]["Timestamp"], int)
        assert await web.get("logdata/log", offset=rows[0]["Timestamp"] - 1) == []
        await web.delete("logdata/log", backupid="1")
        assert [row["Message"] for row in await web.get("logdata/log")] == ["new"]
        await web.delete("logdata/log")
        assert await web.get("logdata/log") == []


async def test_the_crash_log_is_null_unless_there_is_one(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.get("logdata/crashlog") == {"Logdata": None}
        (tmp_path / "data" / "Duplicati-crashlog.txt").write_text("boom")
        assert await web.get("logdata/crashlog") == {"Logdata": "boom"}
