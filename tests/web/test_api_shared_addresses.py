"""Connection strings over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.messages.saved import SavedSchedule

ALL, ONE = "/api/v2/connection-strings", "/api/v2/connection-string/{}"
URL = "s3://bucket?auth-username=me&auth-password=canary"
MASKED = "s3://bucket?auth-username=me&auth-password=" + "*" * 15


async def test_an_address_is_kept_with_its_secret_hidden(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        added = await _added(web)
        assert (added["Name"], added["BaseUrl"], added["Backups"]) == ("Cloud", MASKED, [])
        assert added["CreatedAt"].endswith("Z")
        assert (await web.get(ALL))["Data"] == [added]
        assert (await web.get(ONE.format(added["ID"])))["Data"] == added


async def test_stars_keep_the_stored_secret(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = (await _added(web))["ID"]
        body = {"Name": "Sky", "BaseUrl": MASKED + "&region=x"}
        changed = (await web.put(ONE.format(number), body))["Data"]
        assert (changed["Name"], changed["Description"]) == ("Sky", "for all")
        stored = await web.daemon.store.connection_string(number)
        assert stored is not None
        assert stored.base_url == URL + "&region=x"


async def test_an_address_of_stars_is_not_kept(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        for body in ({"Name": "New", "BaseUrl": MASKED}, {"Name": " ", "BaseUrl": URL}):
            assert not (await web.post(ALL, body))["Success"]
        assert (await web.get(ALL))["Data"] == []


async def test_a_used_address_stays(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = (await _added(web))["ID"]
        backup = msgspec.structs.replace(a_backup(tmp_path), connection_string_id=number)
        backup_id = await web.daemon.store.add_backup(backup)
        assert (await web.get(ONE.format(number)))["Data"]["Backups"] == [{"ID": backup_id, "Name": "Docs"}]
        refused = await web.delete(ONE.format(number))
        assert (refused["Success"], refused["StatusCode"]) == (False, "ConnectionStringInUse")
        await web.daemon.store.remove_backup(backup_id)
        assert (await web.delete(ONE.format(number)))["Success"]
        assert (await web.get(ONE.format(number)))["StatusCode"] == "ConnectionStringNotFound"


async def test_backups_get_the_credentials_and_keep_the_rest(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = (await _added(web))["ID"]
        schedule = SavedSchedule(0, 4102444800, "1D")
        backup = msgspec.structs.replace(
            a_backup(tmp_path, schedule=schedule),
            target_url="s3://bucket/folder?auth-password=old&storage-class=cold",
        )
        backup_id = await web.daemon.store.add_backup(backup)
        answer = await web.post(f"{ONE.format(number)}/update-backups", {"BackupIDs": [backup_id]})
        assert answer["Data"] == {"UpdatedBackupIDs": [backup_id]}
        saved = await web.daemon.backup(backup_id)
        assert saved.target_url == (
            "s3://bucket/folder?storage-class=cold&auth-username=me&auth-password=canary"
        )
        assert saved.schedule is not None
        assert saved.schedule.repeat == "1D"


async def test_one_wrong_backup_changes_none(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = (await _added(web))["ID"]
        before = msgspec.structs.replace(a_backup(tmp_path), target_url="s3://bucket/folder")
        backup_id = await web.daemon.store.add_backup(before)
        path = f"{ONE.format(number)}/update-backups"
        assert not (await web.post(path, {"BackupIDs": [backup_id, "99"]}))["Success"]
        assert (await web.daemon.backup(backup_id)).target_url == "s3://bucket/folder"
        other = await web.daemon.store.add_backup(a_backup(tmp_path, "Local"))
        refused = await web.post(path, {"BackupIDs": [other]})
        assert refused["StatusCode"] == "InvalidValue"


async def _added(web: WebDaemon) -> dict[str, Any]:
    body = {"Name": "Cloud", "BaseUrl": URL, "Description": "for all"}
    answer = await web.post(ALL, body)
    assert answer["Success"], answer
    found: dict[str, Any] = answer["Data"]
    return found
