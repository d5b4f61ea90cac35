"""Texts, pages' own storage, bug reports and what does not exist here, over HTTP."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from support.certificates import self_signed
from support.web_daemon import a_web_daemon


async def test_licences_are_those_of_what_is_installed(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.get("licenses")
        thanks = (await web.get("acknowledgements"))["Acknowledgements"]
    titles = [each["Title"].partition(" ")[0] for each in found]
    assert {"trio", "quart", "msgspec", "h11"} <= {title.lower() for title in titles}
    assert "pytest" not in titles
    assert all(json.loads(each["Jsondata"])["name"] for each in found)
    (trio,) = [each for each in found if each["Title"].startswith("trio ")]
    assert trio["Url"].startswith("https://")
    assert "MIT" in trio["License"]
    assert "Duplicati" in thanks
    assert trio["Title"] in thanks


async def test_the_changelog_is_that_of_the_program(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.get("changelog")
        assert found["Changelog"].startswith(f"Triplicati {found['Version']}")
        of_update = await web.client.get("/api/v1/changelog", params={"from-update": "true"})
        assert of_update.status_code == 404


async def test_no_update_is_ever_looked_for(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.post("updates/check") is None
        assert await web.get("updates") == {"UpdatedVersion": None, "State": "Waiting"}


async def test_pages_keep_values_by_scheme(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.get("uisettings") == []
        await web.client.patch("/api/v1/uisettings/mine", json={"a": "1", "b": 2})
        await web.client.patch("/api/v1/uisettings", json={"c": True})
        await web.client.patch("/api/v1/uisettings/mine", json={"a": None})
        assert await web.get("uisettings") == ["default", "mine"]
        assert await web.get("uisettings/mine") == {"b": "2"}
        assert await web.get("uisettings/default") == {"c": "True"}


async def test_a_certificate_is_kept_and_a_wrong_one_refused(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, "localhost")
    content = base64.b64encode(certificate.path.read_bytes()).decode()
    async with a_web_daemon(tmp_path / "data") as web:
        for wrong in ("no base64!", base64.b64encode(b"x").decode()):
            answer = await web.post("uisettings", {"Certificate": wrong}, status=400)
            assert answer["HelpId"] == "CertificateUnusable"
        assert (await web.get("serversettings"))["server-ssl-certificate"] == "False"
        await web.post("uisettings", {"Certificate": content})
        assert (await web.get("serversettings"))["server-ssl-certificate"] == "True"


async def test_a_bug_report_is_fetched_with_a_token_for_it(tmp_path: Path) -> None:
    report = tmp_path / "report.zip"
    report.write_bytes(b"PK...")
    async with a_web_daemon(tmp_path / "data") as web:
        number = await web.daemon.store.add_temp_file("report", str(report), 4102444800)
        old = await web.daemon.store.add_temp_file("report", str(report), 1)
        token = (await web.post("auth/issuetoken/bugreport"))["Token"]
        other = (await web.post("auth/issuetoken/export"))["Token"]
        async with web.stranger() as client:
            path = f"/api/v1/bugreport/{number}"
            answer = await client.get(path, params={"token": token})
            assert (answer.status_code, answer.content) == (200, b"PK...")
            assert answer.headers["Content-Type"] == "application/zip"
            assert (await client.get(path, params={"token": other})).status_code == 401
            assert (await client.get(path)).status_code == 401
        await web.get(f"bugreport/{old}", status=404)
        await web.get("bugreport/99", status=404)
        report.unlink()
        await web.get(f"bugreport/{number}", status=404)


async def test_the_remote_control_is_never_there(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        state = await web.get("remotecontrol/status")
        assert state["CanEnable"] is False
        assert state["RegistrationUrl"] is None
        assert await web.post("remotecontrol/disable") == state
        assert await web.delete("remotecontrol/registration") == state
        for step in ("enable", "register", "register/wait"):
            await web.post(f"remotecontrol/{step}", {"RegistrationUrl": "x"}, status=400)


async def test_there_are_no_web_modules(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.get("webmodules") == []
        await web.post("webmodule/s3-config", {"s3-operation": "x"}, status=404)


@pytest.mark.parametrize("path", ["folderstatus", "folderstatus/home"])
async def test_folder_states_are_off_at_first(tmp_path: Path, path: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.get(path, status=503)
