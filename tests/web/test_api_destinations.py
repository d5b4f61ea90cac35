"""Destinations tried out and listed over HTTP, v1 and v2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.daemons import a_backup, finished
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.config.dbconfig import NAME, add_database, database_key
from triplicati.errors import DestinationError, DestinationUntrusted
from triplicati.messages.saved import TargetUrl
from triplicati.values.urls import DestinationUrl, parse_url

TEST, LIST = "/api/v2/destination/test", "/api/v2/destination/list"


async def test_a_folder_with_a_backup_is_recognised(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path)
        number = await web.daemon.store.add_backup(backup)
        await finished(await web.daemon.start(number, "Backup"))
        found = await web.post(TEST, {"DestinationUrl": backup.target_url})
    assert found["Success"]
    assert found["StatusCode"] == "OK"
    assert found["Data"] == {
        "FolderExists": True,
        "FolderIsEmpty": False,
        "FolderContainsBackupFiles": True,
        "FolderContainsEncryptedBackupFiles": True,
        "AfterConnect": None,
        "HostCertificate": None,
        "ReportedHostKey": None,
        "AcceptedHostKey": None,
    }


async def test_an_empty_folder_is_tried_without_leaving_anything(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    async with a_web_daemon(tmp_path / "data") as web:
        data = (await web.post(TEST, {"destinationurl": str(target)}))["Data"]
        assert (data["FolderIsEmpty"], data["FolderContainsBackupFiles"]) == (True, False)
        assert await web.post("remoteoperation/test", {"path": target.as_uri()}) == {}
    assert list(target.iterdir()) == []


async def test_a_missing_folder_is_created_when_asked(tmp_path: Path) -> None:
    target = tmp_path / "new" / "target"
    body = {"DestinationUrl": target.as_uri()}
    async with a_web_daemon(tmp_path / "data") as web:
        refused = await web.post(TEST, body)
        assert (refused["Success"], refused["StatusCode"]) == (False, "missing-folder")
        assert not target.exists()
        old = await web.post("remoteoperation/test", {"path": target.as_uri()}, status=500)
        assert old["Error"] == "missing-folder"
        assert (await web.post(TEST, body | {"AutoCreate": True}))["Success"]
        assert target.is_dir()


async def test_a_folder_that_cannot_be_created_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    url = (tmp_path / "file" / "target").as_uri()
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post(TEST, {"DestinationUrl": url, "AutoCreate": True})
        old = await web.post("remoteoperation/test", {"path": url}, status=500, autocreate="true")
    assert not found["Success"]
    assert found["StatusCode"] in ("error-creating-folder", "DestinationError")
    assert old["Error"]


async def test_a_read_only_test_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from triplicati.storage.kinds.file import LocalFolder

    async def refuse(self: LocalFolder) -> None:
        raise AssertionError("written")

    monkeypatch.setattr(LocalFolder, "test", refuse)
    async with a_web_daemon(tmp_path / "data") as web:
        assert (await web.post(TEST, {"DestinationUrl": str(tmp_path), "ReadOnlyTest": True}))["Success"]
        await web.post("remoteoperation/test", {"path": str(tmp_path)}, readOnlyTest="true")


async def test_a_kind_that_is_not_built_is_an_answer(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post(TEST, {"DestinationUrl": "gopher://host/x"})
        assert (found["Success"], found["StatusCode"]) == (False, "UnsupportedBackend")
        found = await web.post(TEST, {"DestinationUrl": str(tmp_path), "DestinationType": "SourceProvider"})
        assert found["StatusCode"] == "OperationNotAvailable"
        await web.post("remoteoperation/test", {"path": str(tmp_path)}, status=501, type="SourceProvider")


async def test_stars_are_filled_in_and_never_come_back(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        target = tmp_path / "target"
        target.mkdir()
        url = f"{target.as_uri()}?auth-password=canary"
        backup = msgspec.structs.replace(a_backup(tmp_path), target_url=url)
        number = await web.daemon.store.add_backup(backup)
        masked = url.replace("canary", "*" * 15)
        answer = await web.client.post(TEST, json={"DestinationUrl": masked, "BackupId": number})
        assert answer.json()["Success"]
        assert "canary" not in answer.text
        alone = await web.post(TEST, {"DestinationUrl": masked})
        assert (alone["Success"], alone["StatusCode"]) == (False, "InvalidValue")
        whole = await web.post(TEST, {"DestinationUrl": "", "BackupId": number})
        assert whole["Success"]


async def test_the_password_of_one_host_is_not_sent_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked to try an address of his own with the number of a backup was sent its password."""
    seen: list[str] = []

    def note(url: DestinationUrl, options: object) -> None:
        seen.append(f"{url.host} {url.password and url.password.reveal()} {url.query} {options}")
        raise DestinationError(reason="noted")

    monkeypatch.setattr("triplicati.runner.destinations.open_destination", note)
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path, auth_password="canary")
        shared = await web.daemon.store.add_connection_string("There", "ssh://me:canary@host/x")
        backup = msgspec.structs.replace(backup, target_url="ssh://me@host/x?auth-password=canary")
        number = await web.daemon.store.add_backup(backup)
        stars = "*" * 15
        for url in ("ssh://evil/x", f"ssh://evil/x?auth-password={stars}", f"ssh://me:{stars}@evil/x"):
            asked = {"DestinationUrl": url, "BackupId": number, "ConnectionStringId": shared}
            await web.post(TEST, asked)
            await web.post(LIST, asked)
        assert seen
        assert not [each for each in seen if "canary" in each]
        await web.post(TEST, {"DestinationUrl": f"ssh://me@host/y?auth-password={stars}", "BackupId": number})
        assert "canary" in seen[-1]


async def test_a_shared_address_alone_is_enough(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await web.daemon.store.add_connection_string("Here", tmp_path.as_uri())
        assert (await web.post(TEST, {"ConnectionStringId": number}))["Success"]
        missing = await web.post(TEST, {"ConnectionStringId": 99})
        assert missing["StatusCode"] == "ConnectionStringNotFound"


async def test_create_makes_the_folder_with_the_address_in_body_or_query(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("remoteoperation/create", {"Url": (tmp_path / "one").as_uri()})
        assert await web.post("remoteoperation/create", url=(tmp_path / "two").as_uri()) == {}
    assert (tmp_path / "one").is_dir()
    assert (tmp_path / "two").is_dir()


async def test_files_are_listed_in_parts(tmp_path: Path) -> None:
    target = _three_files(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        first = await _listed(web, DestinationUrl=str(target), Limit=2)
        assert [each["Path"] for each in first["Items"]] == ["/a", "/b"]
        assert first["Items"][0]["Size"] == 5
        assert first["HasMore"]
        rest = await _listed(web, DestinationUrl=str(target), Limit=2, Offset=2)
        assert ([each["Path"] for each in rest["Items"]], rest["HasMore"]) == (["/c"], False)
        below = await _listed(web, DestinationUrl=str(tmp_path), Path="/target/")
        assert [each["Path"] for each in below["Items"]] == ["/target/a", "/target/b", "/target/c"]
        rows = await web.client.get("/api/v1/remoteoperation/list", params={"url": target.as_uri()})
        row = rows.json()[0]
        assert (row["Name"], row["IsFolder"], row["Size"]) == ("a", False, 5)


async def test_a_path_that_leads_out_of_the_destination_is_refused(tmp_path: Path) -> None:
    target = _three_files(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        answer = await web.post(LIST, {"DestinationUrl": str(target), "Path": "/../"})
    assert (answer["Success"], answer["StatusCode"]) == (False, "Failed")


async def test_the_local_database_of_a_destination_is_found(tmp_path: Path) -> None:
    url = (tmp_path / "target").as_uri()
    database = tmp_path / "ABC.sqlite"
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.post("remoteoperation/dbpath", {"path": url}) == {"Exists": False, "Path": None}
        key = database_key(parse_url(url), "duplicati", "")
        add_database(web.daemon.settings.folder.path / NAME, key, database)
        found = await web.post("remoteoperation/dbpath", {"path": url})
        assert found == {"Exists": False, "Path": str(database)}
        database.write_bytes(b"")
        assert (await web.post("remoteoperation/dbpath", {"path": url}))["Exists"]


def _three_files(tmp_path: Path) -> Path:
    target = tmp_path / "target"
    target.mkdir()
    for name in "cab":
        (target / name).write_text("hello")
    return target


async def _listed(web: WebDaemon, **body: object) -> dict[str, Any]:
    answer = await web.post(LIST, body)
    assert answer["StatusCode"] == "Success", answer
    found: dict[str, Any] = answer["Data"]
    return found


async def test_what_makes_a_server_trusted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[DestinationUntrusted] = []

    def refuse(url: DestinationUrl, options: object) -> None:
        raise told[-1]

    key, digest = "ssh-ed25519 256 SHA256:abc", "ab12"
    known = DestinationUntrusted(reason=f"its key is {key}, and not the one of --ssh-fingerprint", host="h")
    known.details["advice"] = f'Give --ssh-fingerprint="{key}"'
    monkeypatch.setattr("triplicati.runner.destinations.open_destination", refuse)
    async with a_web_daemon(tmp_path / "data") as web:
        told.append(known)
        found = (await web.post(TEST, {"DestinationUrl": "ssh://h/x"}))["Data"]
        assert (found["ReportedHostKey"], found["AcceptedHostKey"]) == (key, "--ssh-fingerprint")
        told.append(DestinationUntrusted(advice=f"accept it with --accept-specified-ssl-hash={digest}"))
        found = (await web.post(TEST, {"DestinationUrl": "webdav://h/x"}))["Data"]
        assert (found["HostCertificate"], found["ReportedHostKey"]) == (digest, None)
        told.append(DestinationUntrusted(advice="Give its hash with --accept-specified-ssl-hash."))
        assert (await web.post(TEST, {"DestinationUrl": "s3://h/x"}))["Data"] is None


async def test_a_further_destination_is_tried_with_its_own_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def note(url: DestinationUrl, options: object) -> None:
        seen.append(f"{url.host} {url.query} {options}")
        raise DestinationError(reason="noted")

    monkeypatch.setattr("triplicati.runner.destinations.open_destination", note)
    async with a_web_daemon(tmp_path / "data") as web:
        backup = msgspec.structs.replace(
            a_backup(tmp_path, auth_username="of-the-backup"),
            target_url="ssh://host/x?auth-password=first",
            targets=(TargetUrl("a", "ssh://host/y?auth-password=second"),),
        )
        number = await web.daemon.store.add_backup(backup)
        asked = {"DestinationUrl": f"ssh://host/y?auth-password={'*' * 15}", "BackupId": number}
        await web.post(TEST, {**asked, "TargetKey": "a"})
        assert "'second'" in seen[-1]
        assert "of-the-backup" not in seen[-1]
        for key, url in (("", asked["DestinationUrl"]), ("a", f"ssh://evil/y?auth-password={'*' * 15}")):
            answer = await web.post(TEST, {**asked, "DestinationUrl": url, "TargetKey": key})
            assert answer["StatusCode"] == "InvalidValue"
        assert len(seen) == 1
