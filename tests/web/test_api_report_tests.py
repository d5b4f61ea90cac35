"""Reports tried out over the API: what arrives, and what is told when nothing does."""

from __future__ import annotations

from pathlib import Path

from support.web_daemon import a_web_daemon
from support.web_service import web_service

_TEST = "/api/v2/reports/test"


async def test_one_of_two_arrives(tmp_path: Path) -> None:
    with web_service(lambda _: (200, {})) as good, web_service(lambda _: (500, {})) as bad:
        async with a_web_daemon(tmp_path / "data") as web:
            assert (await web.post(_TEST, {"Options": {}}))["Data"] == []
            await web.client.patch("/api/v1/serversettings", json={"--send-http-url": f"{good.url}/hook"})
            (found,) = (await web.post(_TEST, {}))["Data"]
            assert found == {"Kind": "http", "Sent": True, "Message": ""}
            assert [each.path for each in good.asked] == ["/hook"]
            given = {"--send-http-url": f"{bad.url}/canary-path"}
            (found,) = (await web.post(_TEST, {"Options": given}))["Data"]
            assert found["Sent"] is False
            assert "500" in found["Message"]
            assert bad.asked


async def test_stars_stand_for_what_is_stored(tmp_path: Path) -> None:
    with web_service(lambda _: (200, {})) as good:
        async with a_web_daemon(tmp_path / "data") as web:
            address = f"{good.url}/hook?token=canary"
            await web.client.patch("/api/v1/serversettings", json={"--send-http-url": address})
            shown = (await web.get("serversettings"))["--send-http-url"]
            assert "canary" not in shown
            await web.post(_TEST, {"Options": {"--send-http-url": shown}})
            assert [each.path for each in good.asked] == ["/hook?token=canary"]


async def test_a_mail_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        options = {"send-mail-to": "me@localhost", "send-mail-url": "smtp://127.0.0.1:1"}
        found = await web.post(_TEST, {"Options": options})
        assert found["Data"][0]["Sent"] is False
        assert found["Data"][0]["Message"]
