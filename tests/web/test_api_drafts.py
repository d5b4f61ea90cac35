"""What the wizard asks before a backup is saved: what a destination holds, and the command lines."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import trio
from support.command_line import run_in
from support.daemons import a_backup, finished
from support.web_daemon import a_web_daemon

HOLDS, COMMANDS = "/api/v2/destination/holds", "/api/v2/backups/commands"


async def test_a_destination_tells_what_it_holds(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path)
        number = await web.daemon.store.add_backup(backup)
        await finished(await web.daemon.start(number, "Backup"))
        folder = tmp_path / "destination-Docs"
        files = list(folder.iterdir())
        (folder / "holiday.jpg").write_text("no volume")
        (folder / "other-20260102T030405Z.dlist.zip").write_bytes(b"1234")
        found = (await web.post(HOLDS, {"DestinationUrl": backup.target_url}))["Data"]
    newest, other = found
    assert newest["Prefix"] == "duplicati"
    assert (newest["Versions"], newest["Files"]) == (1, len(files))
    assert newest["Size"] == sum(each.stat().st_size for each in files)
    assert newest["Encryption"] == ["aes"]
    assert other["Newest"] == "2026-01-02T03:04:05Z"
    assert (other["Prefix"], other["Size"], other["Encryption"]) == ("other", 4, [])


async def test_an_empty_and_a_missing_destination_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    async with a_web_daemon(tmp_path / "data") as web:
        assert (await web.post(HOLDS, {"DestinationUrl": str(tmp_path / "empty")}))["Data"] == []
        missing = await web.post(HOLDS, {"DestinationUrl": str(tmp_path / "missing")})
    assert (missing["Success"], missing["StatusCode"]) == (False, "missing-folder")


async def test_the_command_lines_of_a_draft_have_no_secrets(tmp_path: Path) -> None:
    draft: dict[str, Any] = {
        "Name": "Docs",
        "TargetURL": "ssh://me:canary@host/x?auth-password=canary",
        "Sources": [str(tmp_path)],
        "Settings": [
            {"Name": "passphrase", "Value": "canary"},
            {"Name": "encryption-module", "Value": "aes"},
            {"Name": "--prefix", "Value": "mine"},
            {"Name": "keep-versions", "Value": "3"},
        ],
        "Filters": [{"Order": 0, "Include": False, "Expression": "*.tmp"}],
    }
    async with a_web_daemon(tmp_path / "data") as web:
        answer = await web.client.post(COMMANDS, json={"Backup": draft, "Schedule": None})
        found = answer.json()["Data"]
        assert await web.daemon.backups() == []
    assert "canary" not in answer.text
    assert found["Target"] == "ssh://me@host/x"
    assert found["Backup"].startswith(f"duplicati-cli backup ssh://me@host/x {tmp_path}")
    assert "--keep-versions=3" in found["Backup"]
    assert "*.tmp" in found["Backup"]
    assert found["Restore"].startswith('duplicati-cli restore ssh://me@host/x "*" --restore-path=')
    assert "--prefix=mine" in found["Restore"]
    assert "keep-versions" not in found["Restore"]


async def test_the_restore_command_of_a_draft_restores(tmp_path: Path) -> None:
    """The line of the recovery sheet is run as it stands, but for the folder in it."""
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path)
        number = await web.daemon.store.add_backup(backup)
        draft = (await web.get(f"backup/{number}"))["Backup"]
        await finished(await web.daemon.start(number, "Backup"))
        found = (await web.post(COMMANDS, {"Backup": draft}))["Data"]
    restored = tmp_path / "restored"
    words = [
        f"--restore-path={restored}" if each.startswith("--restore-path=") else each
        for each in shlex.split(found["Restore"])
    ]
    done = await trio.to_thread.run_sync(lambda: run_in(tmp_path, *words[1:], PASSPHRASE="secret"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (restored / "a.txt").read_text() == "hello"
