"""Notifications over HTTP."""

from __future__ import annotations

from pathlib import Path

import trio
from support.web_daemon import WebDaemon, a_web_daemon


async def test_a_notification_is_shown_and_dismissed(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await _error(web)
        (line,) = await web.get("notifications")
        assert line == await web.get(f"notification/{number}")
        assert (line["ID"], line["Type"], line["Title"], line["BackupID"]) == (number, "Error", "Oh", "7")
        assert line["Timestamp"].endswith("Z")
        assert (line["Action"], line["MessageID"]) == ("backup:show-log", "Broken")
        answer = await web.client.delete(f"/api/v1/notification/{number}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert await web.get("notifications") == []


async def test_flags_follow_the_notifications(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _error(web)
        await _until_error_is(web, True)
        assert (await web.get("serversettings"))["unacked-error"] == "True"
        await web.delete("notifications")
        await _until_error_is(web, False)


async def test_an_unknown_notification_is_not_found(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        for number in ("99", "abc", "-1", "9" * 40):
            await web.get(f"notification/{number}", status=404)
            assert (await web.delete(f"notification/{number}", status=404))["Code"] == 404


async def test_a_test_notification_is_harmless(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.post("notification/test") == {"Status": "OK"}
        (line,) = await web.get("notifications")
        assert line["Type"] == "Information"


async def _error(web: WebDaemon) -> int:
    return await web.daemon.store.add_notification(
        "Error", "Oh", "It broke", backup_id="7", action="backup:show-log", message_id="Broken"
    )


async def _until_error_is(web: WebDaemon, wanted: bool) -> None:
    with trio.fail_after(5):
        while (await web.get("serverstate"))["HasError"] is not wanted:
            await trio.sleep(0.01)
