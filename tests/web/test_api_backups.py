"""Saved backups over the API (spec/server.md 3.2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from support.daemons import a_backup, at_speed, finished
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.config.server.masking import PLACEHOLDER

SCHEDULE = {
    "ID": -1,
    "Tags": [],
    "Time": "2036-01-03T13:00:00Z",
    "Repeat": "1D",
    "LastRun": "0001-01-01T00:00:00Z",
    "Rule": "",
    "AllowedDays": ["Monday"],
}


def body(tmp_path: Path, name: str = "Docs", **more: Any) -> dict[str, Any]:
    target = f"{(tmp_path / 'destination').as_uri()}?auth-username=u&auth-password=hush1"
    (tmp_path / "source").mkdir(exist_ok=True)
    (tmp_path / "source" / "a.txt").write_text("hello")
    return {
        "Backup": {
            "Name": name,
            "TargetURL": target,
            "Sources": [f"{tmp_path}/source/"],
            "Settings": [
                {"Name": "passphrase", "Value": "hush2", "Filter": ""},
                {"Name": "encryption-module", "Value": "aes", "Filter": ""},
                {"Name": "--blocksize", "Value": "100KB"},
            ],
            "Filters": [{"Order": 0, "Include": False, "Expression": "*.tmp"}],
            "AdditionalTargetURLs": [{"TargetUrl": "file:///x?auth-password=hush3", "Mode": "inline"}],
            **more,
        },
        "Schedule": SCHEDULE,
    }


async def test_create_and_get(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.post("backups", body(tmp_path)) == {"ID": "1", "Temporary": False}
        found = await web.get("backup/1")
        assert found["success"] is True
        assert found["data"] == {name: found[name] for name in ("Backup", "Schedule", "DisplayNames")}
        backup = found["Backup"]
        assert backup["TargetURL"].endswith(f"auth-username=u&auth-password={PLACEHOLDER}")
        passphrase = {"Filter": "", "Name": "passphrase", "Value": PLACEHOLDER, "Argument": None}
        assert passphrase in backup["Settings"]
        assert backup["AdditionalTargetURLs"][0]["TargetUrl"] == f"file:///x?auth-password={PLACEHOLDER}"
        assert backup["Filters"] == [{"Order": 0, "Include": False, "Expression": "*.tmp"}]
        assert (backup["DBPathExists"], backup["IsTemporary"]) == (False, False)
        assert backup["IsUnencryptedOrPassphraseStored"] is False
        assert found["Schedule"]["AllowedDays"] == ["mon"]
        assert found["Schedule"]["Rule"] == "AllowedWeekDays=Monday"
        assert found["DisplayNames"] == {f"{tmp_path}/source/": "source"}
        saved = await web.daemon.backup("1")
        assert "hush1" in saved.target_url
        assert "hush" not in json.dumps(found)


async def test_the_list(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        for name in ("Beta", "alpha"):
            await web.post("backups", body(tmp_path, name))
        await web.daemon.store.set_metadata("1", {"SourceFilesSize": "9", "LastBackupDuration": "1.00:00:01"})
        await web.daemon.store.set_metadata("2", {"SourceFilesSize": "10", "LastBackupDuration": "02:00:00"})
        rows = await web.get("backups")
        assert [each["Backup"]["Name"] for each in rows] == ["Beta", "alpha"]
        first = rows[0]["Backup"]
        assert first["Metadata"] == {"SourceFilesSize": "9", "LastBackupDuration": "1.00:00:01"}
        assert first["Sources"] == [f"{tmp_path}/source/"]
        assert (first["Settings"], first["Filters"], first["AdditionalTargetURLs"]) == (None, None, [])
        assert first["IsUnencryptedOrPassphraseStored"] is True
        assert rows[0]["Schedule"]["Tags"] == ["ID=1"]
        assert "hush" not in json.dumps(rows)

        async def order(wanted: str) -> list[str]:
            return [each["Backup"]["Name"] for each in await web.get("backups", orderBy=wanted)]

        assert await order("name") == ["alpha", "Beta"]
        assert await order("-sourcesize") == ["alpha", "Beta"]
        assert await order("+sourcesize") == ["Beta", "alpha"]
        assert await order("unknown,-duration") == ["Beta", "alpha"]
        assert (await web.client.get("/api/v1/backups?orderBy=+name")).json()[0]["Backup"]["Name"] == "alpha"
        await web.daemon.store.set_settings({"backup-list-sort-order": "-id"})
        assert await order("") == ["alpha", "Beta"]


async def test_change_keeps_what_stars_stand_for(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("backups", body(tmp_path))
        await web.daemon.store.set_metadata("1", {"BackupListCount": "4"})
        await web.daemon.store.set_schedule_state("1", last_run=1_700_000_000)
        edited = await web.get("backup/1")
        edited["Backup"]["Name"] = "Papers"
        edited["Backup"]["DBPath"] = "/elsewhere.sqlite"
        del edited["Backup"]["Metadata"]
        before = await web.daemon.backup("1")
        assert await web.put("backup/1", edited) is None
        saved = await web.daemon.backup("1")
        assert saved.name == "Papers"
        assert (saved.target_url, saved.settings, saved.targets) == (
            before.target_url,
            before.settings,
            before.targets,
        )
        assert saved.db_path == before.db_path
        assert saved.metadata == {"BackupListCount": "4"}
        assert saved.schedule is not None
        assert saved.schedule.last_run == 1_700_000_000
        edited["Backup"]["Metadata"] = {}
        edited["Schedule"] = None
        await web.put("backup/1", edited)
        saved = await web.daemon.backup("1")
        assert (saved.metadata, saved.schedule) == ({}, None)


async def test_an_export_without_content_type_is_a_change(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("backups", body(tmp_path))
        exported = await web.client.get("/api/v1/backup/1/export")
        changed = exported.content.replace(b'"Docs"', b'"Papers"')
        answer = await web.client.put("/api/v1/backup/1", content=changed)
        assert (answer.status_code, answer.content) == (200, b"")
        saved = await web.daemon.backup("1")
        assert saved.name == "Papers"
        assert "hush1" in saved.target_url


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"Name": "docs"}, 409, "There already exists a backup with the name: docs"),
        ({"Name": " "}, 400, "Missing a name"),
        ({"TargetURL": ""}, 400, "Missing a target"),
        ({"Sources": []}, 400, "Invalid source list"),
        ({"Settings": []}, 400, "Missing passphrase"),
        (
            {"Settings": [{"Name": "passphrase", "Value": "*" * 15}]},
            400,
            "Settings is password placeholder value",
        ),
        ({"TargetURL": "ssh://h/p?auth-password=****"}, 400, "TargetURL is password placeholder value"),
    ],
)
async def test_refusals(tmp_path: Path, change: dict[str, Any], status: int, text: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("backups", body(tmp_path))
        wrong = body(tmp_path, "Other")
        wrong["Backup"] |= change
        answer = await web.post("backups", wrong, status)
        assert (answer["Error"], answer["Code"]) == (text, status)
        assert len(await web.daemon.backups()) == 1


async def test_what_must_be_there(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.post("backups", {"Schedule": None}, 400) is None
        nameless = body(tmp_path, Settings=[{"Value": "x"}])
        assert await web.post("backups", nameless, 400) is None
        assert await web.post("backups", body(tmp_path, AdditionalTargetURLs=[{}]), 400) is None
        for strange in ({"Sources": ["/a\0b"]}, {"Filters": [{"Order": 10**30, "Expression": "x"}]}):
            found = await web.post("backups", body(tmp_path, **strange), 400)
            assert found["HelpId"] == "BackupInvalid"
        wrong = body(tmp_path)
        wrong["Schedule"] = {**SCHEDULE, "Time": "tomorrow"}
        assert (await web.post("backups", wrong, 400))["Error"] == '"tomorrow" is no time'


@pytest.mark.parametrize(
    "path", ["backup/7", "backup/x", "backup/7/log", "backup/7/isactive", "backup/7/files"]
)
async def test_no_such_backup(tmp_path: Path, path: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.get(path, 404)
        assert found == {"Error": "Backup not found", "Code": 404, "HelpId": "BackupNotFound"}


async def test_only_for_who_is_signed_in(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, web.stranger() as client:
        for method, path in (("GET", "backups"), ("POST", "backup/1/run"), ("GET", "backup/1/export")):
            assert (await client.request(method, f"/api/v1/{path}")).status_code == 401


async def test_temporary_ones(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        made = await web.post("backups", body(tmp_path, Settings=[], Sources=[]), temporary="true")
        assert made["Temporary"] is True
        found = await web.get(f"backup/{made['ID']}")
        assert found["Backup"]["IsTemporary"] is True
        scratch = Path(found["Backup"]["DBPath"]).parent
        assert scratch.is_dir()
        assert await web.get("backups") == []
        copied = await web.post(f"backup/{made['ID']}/copytotemp")
        assert copied["ID"] != made["ID"]
        gone = await web.delete(f"backup/{made['ID']}")
        assert (await web.ended(gone)).parsed == "Success"
        await web.get(f"backup/{made['ID']}", 404)
    assert not scratch.exists()


async def test_the_database_that_the_command_line_has(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        wanted = body(tmp_path)
        wanted["Backup"]["TargetURL"] = (tmp_path / "destination").as_uri()
        entry = {
            "Type": "file",
            "Server": "",
            "Path": str(tmp_path / "destination"),
            "Prefix": "duplicati",
            "Username": None,
            "Port": -1,
            "Databasepath": "/somewhere/known.sqlite",
        }
        await trio.Path(tmp_path / "data" / "dbconfig.json").write_bytes(msgspec.json.encode([entry]))
        await web.post("backups", wanted, existingdb="true")
        assert (await web.get("backup/1"))["Backup"]["DBPath"] == "/somewhere/known.sqlite"


async def test_delete_of_a_resting_one(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        await web.ended(await web.post("backup/1/run"))
        volumes = list((tmp_path / "destination-Docs").iterdir())
        database = Path((await web.daemon.backup("1")).db_path)
        answer = await web.delete("backup/1", delete_local_db="True", delete_remote_files="False")
        assert (answer["Status"], answer["Reason"]) == ("OK", None)
        assert (await web.ended(answer)).parsed == "Success"
        assert (await web.get(f"task/{answer['ID']}"))["Operation"] == "Delete"
        assert await web.get("backups") == []
        assert list((tmp_path / "destination-Docs").iterdir()) == volumes
        assert not database.exists()


async def _running(web: WebDaemon, tmp_path: Path) -> int:
    """The task of a backup that takes long."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "big.bin").write_bytes(bytes(range(256)) * 12_000)
    await at_speed(web.daemon, "100KB")
    saved = a_backup(tmp_path, passphrase=None, zip_compression_level="0", dblock_size="2mb")
    await web.daemon.store.add_backup(saved)
    number: int = (await web.post("backup/1/run"))["ID"]
    with trio.fail_after(20):
        while (await web.get("task/" + str(number)))["Status"] != "Running":
            await trio.sleep(0.02)
    return number


async def test_delete_of_a_running_one_needs_force(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await _running(web, tmp_path)
        answer = await web.delete("backup/1", 500)
        assert answer == {"Status": "failed", "Reason": "backup-in-progress", "ID": number}
        waiting = await web.post("backup/1/repair")
        forced = await web.delete("backup/1", force="true")
        assert (await web.ended(forced)).parsed == "Success"
        assert await web.get("backups") == []
        for each in (number, waiting["ID"]):
            task = web.daemon.queue.find(each)
            assert task is not None
            assert (await finished(task)).parsed == "Stopped"


async def test_wrong_options_do_not_keep_it(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path, blocksize="nonsense"))
        answer = await web.delete("backup/1", delete_local_db="true")
        assert (await web.ended(answer)).parsed == "Success"
        assert await web.get("backups") == []


async def test_activity_and_shared_databases(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        shared: dict[str, Any] = {"dbpath": str(tmp_path / "data" / "shared.sqlite")}
        for name in ("One", "Two"):
            await web.daemon.store.add_backup(a_backup(tmp_path, name, **shared))
        assert await web.get("backup/1/isdbusedelsewhere") == {"inuse": False}
        assert await web.get("backup/2/isdbusedelsewhere") == {"inuse": True}
        assert await web.get("backup/1/isactive") == {"Active": False, "Status": "OK"}
        web.daemon.pause.pause()
        await web.post("backup/1/run")
        assert (await web.get("backup/1/isactive"))["Active"] is True


async def test_defaults_hold_no_secret(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.set_application_options({"--passphrase": "hush", "--retry-delay": "5s"})
        found = await web.get("backupdefaults")
        shown = {each["Name"]: each["Value"] for each in found["ApplicationOptions"]}
        assert shown == {"--passphrase": PLACEHOLDER, "--retry-delay": "5s"}
        assert {"encryption-module", "keep-time"} <= {each["Name"] for each in found["Backup"]["Settings"]}
        assert found["Schedule"]["Time"] == "13:00:00"
