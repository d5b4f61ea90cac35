"""Changing the encryption of a saved backup over the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.daemons import a_backup
from support.independent_reader import read_destination
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.config.server.saved_rules import settings_by_name
from triplicati.messages.saved import SavedBackup, Setting
from triplicati.runner.reencrypting import note_new_encryption, with_new_encryption

ROUTE = "/api/v2/backup/re-encrypt"


async def _backed_up(web: WebDaemon, tmp_path: Path) -> SavedBackup:
    await web.daemon.store.add_backup(a_backup(tmp_path))
    assert (await web.ended(await web.post("backup/1/run"))).parsed == "Success"
    return await web.daemon.backup("1")


async def test_another_passphrase(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _backed_up(web, tmp_path)
        body = {"BackupId": "1", "NewPassphrase": "another"}
        task = await web.ended(await web.post(ROUTE, body))
        assert (task.parsed, task.error) == ("Success", "")
        settings = settings_by_name(await web.daemon.backup("1"))
        assert settings["passphrase"] == "another"
        assert "new-passphrase" not in settings
        assert (await web.ended(await web.post("backup/1/run"))).parsed == "Success"
        assert read_destination(tmp_path / "destination-Docs", "another").damage == []


async def test_no_encryption_any_more(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _backed_up(web, tmp_path)
        task = await web.ended(await web.post(ROUTE, {"BackupId": "1", "Encryption": "none"}))
        assert (task.parsed, task.error) == ("Success", "")
        settings = settings_by_name(await web.daemon.backup("1"))
        assert "passphrase" not in settings
        assert settings["no-encryption"] == "true"
        assert (await web.ended(await web.post("backup/1/run"))).parsed == "Success"
        assert read_destination(tmp_path / "destination-Docs", None).damage == []


@pytest.mark.parametrize("kind", ["aes", "none"])
async def test_the_server_ends_before_the_backup_has_learned_of_the_end(tmp_path: Path, kind: str) -> None:
    """It has both then, and goes on with what fits; asking again completes it."""
    passphrase = None if kind == "none" else "another"
    async with a_web_daemon(tmp_path / "data") as web:
        before = await _backed_up(web, tmp_path)
        body = {"BackupId": "1", "NewPassphrase": passphrase, "Encryption": kind}
        await web.ended(await web.post(ROUTE, body))
        await web.daemon.store.update_backup(before)
        await note_new_encryption(web.daemon.store, before, passphrase, kind)
        (tmp_path / "source" / "new").write_text("new")
        for what in ("run", "verify"):
            task = await web.ended(await web.post(f"backup/1/{what}"))
            assert (task.parsed, task.error) == ("Success", "")
        task = await web.ended(await web.post(ROUTE, {"BackupId": "1"}))
        assert (task.parsed, task.error) == ("Success", "")
        settings = settings_by_name(await web.daemon.backup("1"))
        assert settings.get("passphrase") == passphrase
        assert read_destination(tmp_path / "destination-Docs", passphrase).damage == []


async def test_it_must_be_said_what_is_to_be_changed(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _backed_up(web, tmp_path)
        assert (await web.post(ROUTE, {"BackupId": "1"}))["StatusCode"] == "NewPassphraseNeeded"
        wrong = {"BackupId": "1", "Encryption": "rot13"}
        assert (await web.post(ROUTE, wrong))["StatusCode"] == "InvalidValue"


def test_nothing_noted_nothing_changed() -> None:
    backup = SavedBackup(name="x", target_url="file:///x", settings=(Setting("passphrase", "p"),))
    assert with_new_encryption(backup) == backup
