"""Export and import over the API (spec/server.md 2.8, 3.3)."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from support.daemons import a_backup
from support.web_daemon import PASSWORD, WebDaemon, a_web_daemon

from triplicati.config.server.masking import PLACEHOLDER
from triplicati.messages.saved import SavedBackup, SavedSchedule


def saved(tmp_path: Path, name: str = "Docs & more") -> SavedBackup:
    made = a_backup(tmp_path, name, passphrase="hush1", auth_password="hush2")
    schedule = SavedSchedule(-1, 2_000_000_000, "1D", days=frozenset({0, 4}))
    url = "ssh://host/path?auth-username=u&auth-password=hush3"
    return SavedBackup(
        name=made.name, target_url=url, sources=made.sources, settings=made.settings, schedule=schedule
    )


async def operation_token(web: WebDaemon) -> str:
    found: dict[str, str] = await web.post("auth/issuetoken/export")
    return found["Token"]


async def test_export_with_a_token_of_one_use(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, web.stranger() as client:
        await web.daemon.store.add_backup(saved(tmp_path))
        answer = await client.get(f"/api/v1/backup/1/export?token={await operation_token(web)}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/octet-stream"
        name = "Docs%20%26%20more-duplicati-config.json"
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
        found = answer.json()
        assert found["Backup"]["Name"] == "Docs & more"
        assert found["Backup"]["TargetURL"] == "ssh://host/path?auth-username=u"
        assert found["Backup"]["Settings"] == []
        assert found["Schedule"]["AllowedDays"] == ["mon", "fri"]
        assert found["DisplayNames"] == {f"{tmp_path}/source/": "source"}
        assert "hush" not in answer.text
        query = f"token={await operation_token(web)}&export-passwords=true"
        whole = await client.get(f"/api/v1/backup/1/export?{query}")
        assert all(each in whole.text for each in ("hush1", "hush2", "hush3"))


async def test_export_to_who_edits_has_stars(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(saved(tmp_path))
        found = await web.get("backup/1/export", all_options="true")
        assert {each["Value"] for each in found["Backup"]["Settings"]} == {PLACEHOLDER}
        assert "hush" not in json.dumps(found)


async def test_an_encrypted_export_comes_back(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(saved(tmp_path))
        query = {"export-passwords": "true", "passphrase": "file secret"}
        answer = await web.client.get("/api/v1/backup/1/export", params=query)
        assert answer.headers["Content-Disposition"].endswith(".json.aes")
        assert answer.content.startswith(b"AES\x02")
        config = base64.b64encode(answer.content).decode()
        body = {"config": config, "cmdline": False, "direct": True, "passphrase": "file secret"}
        assert await web.post("backups/import", body) == {"Id": "2", "data": None}
        copy, original = await web.daemon.backup("2"), await web.daemon.backup("1")
        assert copy.name == "Docs & more (1)"
        assert (copy.target_url, copy.settings) == (original.target_url, original.settings)
        assert copy.db_path != original.db_path
        wrong = await web.post("backups/import", body | {"passphrase": "x"}, 500)
        assert wrong["Error"] == "Failed to import backup: the passphrase does not fit the file"
        (logged,) = await web.daemon.store.errors()
        assert logged.backup_id is None
        assert logged.message == wrong["Error"]


def job(**more: Any) -> dict[str, Any]:
    return {
        "CreatedByVersion": "2.1.0.5",
        "Schedule": None,
        "Backup": {
            "ID": "7",
            "Name": "Imported",
            "TargetURL": "file:///srv/backup",
            "DBPath": "X.sqlite",
            "Sources": ["/home/u/"],
            "Settings": [{"Name": "passphrase", "Value": "x"}],
            "Metadata": {"BackupListCount": "4"},
        },
        **more,
    }


async def test_an_import_that_is_only_shown(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        config = base64.b64encode(json.dumps(job()).encode()).decode()
        found = await web.post("backups/import", {"config": config, "direct": False})
        assert found["Id"] is None
        assert found["data"]["Backup"]["Name"] == "Imported"
        assert (found["data"]["Backup"]["ID"], found["data"]["Backup"]["Metadata"]) == ("", {})
        assert found["data"]["Schedule"] is None
        assert await web.get("backups") == []


@pytest.mark.parametrize(
    "body",
    [
        {"config": job(), "cmdline": False, "import-metadata": False},
        job(),
        {"config": json.dumps(job()), "direct": True},
    ],
)
async def test_the_forms_that_clients_send(tmp_path: Path, body: dict[str, Any]) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.post("backups/import", body) == {"Id": "1", "data": None}
        found = await web.daemon.backup("1")
        assert (found.name, found.metadata) == ("Imported", {})
        assert found.db_path.startswith(str(tmp_path / "data"))


async def test_import_with_metadata_and_changes(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        changes = {"settings.passphrase": "y", "name": "Other", "targeturl": "file:///z"}
        body = {"config": job(), "import_metadata": True, "replace_settings": changes}
        await web.post("backups/import", body)
        found = await web.daemon.backup("1")
        assert (found.name, found.target_url) == ("Other", "file:///z")
        assert found.settings[0].value == "y"
        assert found.metadata == {"BackupListCount": "4"}


@pytest.mark.parametrize("paused", [True, False])
async def test_an_imported_schedule_can_wait_until_it_is_turned_on(tmp_path: Path, paused: bool) -> None:
    schedule = {"Time": "2026-03-01T02:00:00Z", "Repeat": "1D", "AllowedDays": []}
    async with a_web_daemon(tmp_path / "data") as web:
        body = {"config": {**job(), "Schedule": schedule}, "schedule_paused": paused}
        await web.post("backups/import", body)
        found = (await web.daemon.backup("1")).schedule
    assert found is not None
    assert (found.repeat, found.paused) == ("1D", paused)


async def test_import_as_a_temporary_one_and_then_for_good(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        made = await web.post("backups/import", {"config": job(), "temporary": True})
        assert "-" in made["Id"]
        assert await web.get("backups") == []
        body = {"BackupId": made["Id"], "Direct": False}
        shown = await web.post("backup/1/importfromtemp", body)
        assert shown["data"]["Backup"]["Name"] == "Imported"
        kept = await web.post("backup/1/importfromtemp", {"BackupId": made["Id"]})
        assert kept == {"Id": "1", "data": None}
        missing = await web.post("backup/1/importfromtemp", {"BackupId": "1"}, 404)
        assert missing["HelpId"] == "BackupNotFound"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"config": "####"}, "what was sent is not in base64"),
        ({"config": "e30="}, "the file is no exported backup"),
        ({"config": ""}, "no file was sent"),
        ({"cmdline": True, "config": "x"}, "not implemented"),
        ({"config": job(Backup={"Name": "x"}), "direct": True}, "Missing a target"),
        ({"config": {"x": 1}}, "it is no exported backup"),
    ],
)
async def test_what_cannot_be_imported(tmp_path: Path, body: dict[str, Any], text: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post("backups/import", body, 500)
        assert found["Error"].startswith("Failed to import backup: ")
        assert text in found["Error"]
        assert await web.get("backups") == []


async def test_command_lines(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.set_application_options({"--passphrase": "hush4", "--retry-delay": "5s"})
        await web.daemon.store.add_backup(saved(tmp_path))
        found = await web.get("backup/1/export-argsonly")
        assert found["Backend"] == "ssh://host/path?auth-username=u"
        assert found["Arguments"] == [f"{tmp_path}/source/"]
        assert {"--backup-name=Docs & more", "--retry-delay=5s"} <= set(found["Options"])
        shown = await web.get("backup/1/export-cmdline")
        assert " backup ssh://" in shown["Command"] or ' backup "ssh://' in shown["Command"]
        assert '"--backup-name=Docs & more"' in shown["Command"]
        same = await web.post("backup/1/commandline")
        assert same == shown
        assert "hush" not in json.dumps([found, shown])
        whole = await web.get("backup/1/export-cmdline", export_passwords="true")
        assert all(f"hush{number}" in whole["Command"] for number in (1, 2, 3))


async def old_client(web: WebDaemon, client: httpx.AsyncClient) -> tuple[dict[str, str], str]:
    """Headers and the token of somebody who signed in with the protocol of Duplicati 2.0."""
    begun = await client.post("/login.cgi", data={"get-nonce": "1"})
    cookies = _cookies(begun)
    nonce, salt = (base64.b64decode(begun.json()[name]) for name in ("Nonce", "Salt"))
    proof = hashlib.sha256(nonce + hashlib.sha256(PASSWORD.encode() + salt).digest()).digest()
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    form = {"password": base64.b64encode(proof).decode()}
    answer = await client.post("/login.cgi", data=form, headers=headers)
    assert answer.status_code == 200
    cookies |= _cookies(answer)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    return headers, unquote(cookies["xsrf-token"])


def _cookies(answer: httpx.Response) -> dict[str, str]:
    lines = (line.partition("=") for line in answer.headers.get_list("set-cookie"))
    return {name: rest.partition(";")[0] for name, _, rest in lines}


async def test_a_form_of_an_old_client(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, web.stranger() as client:
        headers, token = await old_client(web, client)

        async def send(content: object) -> httpx.Response:
            files = {"config": ("backup_config.json", json.dumps(content).encode(), "application/json")}
            return await client.post(
                "/api/v1/backups/import",
                params={"x-xsrf-token": token},
                files=files,
                data={"passphrase": "", "import_metadata": "True", "direct": "True"},
                headers=headers,
            )

        answer = await send(job())
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/html")
        assert ", line " not in answer.text
        assert (await web.daemon.backup("1")).metadata == {"BackupListCount": "4"}
        wrong = await send(["no", "backup"])
        start, end = wrong.text.index("if (rp) { rp('") + 14, wrong.text.index(", line ")
        assert wrong.text[start:end].startswith("Failed to import backup: the file is no exported backup")
        assert (await send(job(Backup={"Name": "x"}))).status_code == 400
        old = {**headers, "X-XSRF-TOKEN": token}
        exported = await client.get("/api/v1/backup/1/export?export-passwords=true", headers=old)
        assert exported.json()["Backup"]["Name"] == "Imported"
        web.daemon.pause.pause()
        await web.daemon.store.add_backup(a_backup(tmp_path))
        await web.post("backup/2/run")
        first = await client.post("/api/v1/backup/1/run", headers=old)
        assert first.json()["Status"] == "OK"
        assert [each["BackupID"] for each in await web.get("tasks")] == ["1", "2"]
