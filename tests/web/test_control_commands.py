"""`duplicati-control` against a real server, in this process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from support.daemons import a_backup
from support.web_daemon import PASSWORD, WebDaemon, a_web_daemon

from triplicati.control.main import run
from triplicati.messages.saved import SavedSchedule
from triplicati_web.live import SOCKETS


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as made:
        yield made


class Control:
    """Runs commands with the password in the environment."""

    def __init__(self, server: WebDaemon, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        self.server = server
        self.environment: Mapping[str, str] = {
            "DUPLICATI__WEBSERVICE_PASSWORD": PASSWORD,
            "DUPLICATI_HOME": str(tmp_path / "nobody"),
        }
        self._capsys = capsys
        self.error = ""

    async def __call__(self, *words: str, code: int = 0, there: bool = True) -> str:
        given = [*words, "--hosturl", self.server.url] if there else words
        found = await trio.to_thread.run_sync(partial(run, given, self.environment))
        out, self.error = self._capsys.readouterr()
        assert found == code, out + self.error
        return out

    async def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self(*words, "--json", code=code))
        assert found["ExitCode"] == code
        assert found["Success"] is (code == 0)
        return found


@pytest.fixture
def control(server: WebDaemon, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Control:
    return Control(server, capsys, tmp_path)


async def test_list_shows_backups(server: WebDaemon, control: Control, tmp_path: Path) -> None:
    assert await control("list") == "No backups\n"
    number = await server.daemon.store.add_backup(a_backup(tmp_path))
    assert await control("list-backups") == f"{number}: Docs\n"
    assert "file://" in await control("list", "--detailed")
    (found,) = (await control.json("list"))["Backups"]
    assert (found["Id"], found["Name"], found["Schedule"]) == (number, "Docs", None)


async def test_run_starts_and_says_the_task(server: WebDaemon, control: Control, tmp_path: Path) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    server.daemon.pause.pause()
    assert "task 2" in await control("run", "docs")
    assert (await control.json("run", "Docs"))["Task"] == 2
    assert await control("run", "1", "--quiet") == ""


async def test_run_and_wait_ends_with_the_result(
    server: WebDaemon, control: Control, tmp_path: Path
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    assert "Docs ended with Success" in await control("run", "Docs", "--wait")
    assert (await control.json("run", "Docs", "--wait"))["ParsedResult"] == "Success"


async def test_run_and_wait_has_the_exit_code_of_the_result(
    server: WebDaemon, control: Control, tmp_path: Path
) -> None:
    bad = msgspec.structs.replace(a_backup(tmp_path, "Bad"), target_url="bogus://somewhere")
    await server.daemon.store.add_backup(bad)
    assert "bogus" in await control("run", "Bad", "--wait", "--quiet", code=4)
    await server.daemon.store.add_backup(a_backup(tmp_path, "Odd", passphrase=None, nosuch_option="1"))
    assert (await control.json("run", "Odd", "--wait", code=2))["ParsedResult"] == "Warning"


async def test_stop_pause_resume_and_status(server: WebDaemon, control: Control, tmp_path: Path) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path))
    assert await control("stop") == "Nothing runs\n"
    assert await control("pause", "30m") == "Paused for 30m\n"
    await control("run", "Docs")
    text = await control("status")
    assert text.splitlines()[:3] == [
        "Server state: Paused",
        "Active task: none",
        "Waiting task: 2 (Docs)",
    ]
    assert "Paused until: 2" in text
    found = await control.json("status")
    assert found["ServerState"] == "Paused"
    assert found["ActiveTask"] is None
    assert found["SchedulerTasks"] == [{"Task": 2, "BackupId": "1"}]
    await control("stop", "2", "--now")
    await control("stop", "99", code=2)
    assert "No such task" in control.error
    assert await control("resume") == "Resumed\n"
    assert (await control.json("status"))["ServerState"] == "Running"


async def test_one_schedule_is_turned_off_and_on(
    server: WebDaemon, control: Control, tmp_path: Path
) -> None:
    schedule = SavedSchedule(id=-1, time=2_000_000_000, repeat="1D")
    number = await server.daemon.store.add_backup(a_backup(tmp_path, schedule=schedule))
    for words, paused in ((("pause", "--schedule", "docs"), True), (("resume", "Docs"), False)):
        assert "The schedule of" in await control(*words)
        found = (await server.daemon.backup(number)).schedule
        assert found is not None
        assert found.paused is paused
        assert (await control.json("status"))["ServerState"] == "Running"
    await control("pause", "2h", "--schedule", "Docs", code=2)
    await control("resume", "Nothing", code=2)
    await server.daemon.store.add_backup(a_backup(tmp_path, "Loose"))
    await control("resume", "Loose", code=1)
    assert "has no schedule" in control.error


async def test_events_are_json_lines(server: WebDaemon, control: Control) -> None:
    (line,) = (await control("events", "--count", "1")).splitlines()
    frame = json.loads(line)
    assert frame["Topic"] == "snapshot"
    server.daemon.hub.event("problem", "it")
    out = await control("events", "--since", str(frame["Seq"]), "--topic", "problem", "--count", "1")
    assert json.loads(out)["Data"] == "it"


async def test_log_and_health(server: WebDaemon, control: Control, tmp_path: Path) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    await control("run", "Docs", "--wait")
    assert (await control("log", "Docs")).endswith("Success\n")
    (row,) = (await control.json("log", "Docs"))["Log"]
    assert row["Result"]["MainOperation"] == "Backup"
    assert await control("health")


async def test_export_writes_files_of_their_owner_and_import_reads_them(
    server: WebDaemon, control: Control, tmp_path: Path
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase="canary"))
    folder = tmp_path / "out"
    folder.mkdir()
    await control("export", "all", "--export-passwords", "--destination", str(folder), code=2)
    assert "--encryption-passphrase" in control.error
    words = ("export", "Docs", "--encryption-passphrase", "pw", "--destination", str(folder))
    (saved,) = (await control.json(*words, "--export-passwords"))["ExportedBackups"]
    path = Path(saved["File"])
    assert path.parent == folder
    assert path.stat().st_mode & 0o077 == 0
    assert b"canary" not in path.read_bytes()
    await control(*words, code=1)
    assert "--overwrite" in control.error
    path.chmod(0o644)
    await control(*words, "--overwrite", "--export-passwords")
    assert path.stat().st_mode & 0o077 == 0
    imported = (await control.json("import", str(path), "pw"))["Imported"]
    assert imported["Id"] == "2"
    assert imported["Name"].startswith("Docs")
    await control("import", str(tmp_path / "nowhere"), code=1)


async def test_import_of_a_file_without_passwords_tells_how_to_give_them(
    server: WebDaemon, control: Control, tmp_path: Path
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase="canary"))
    words = ("export", "Docs", "--destination", str(tmp_path))
    assert "--export-passwords" in await control(*words)
    (saved,) = (await control.json(*words, "--overwrite"))["ExportedBackups"]
    await control("import", saved["File"], code=1)
    assert "--backup-passphrase" in control.error
    await control("import", saved["File"], "--backup-passphrase", "another")
    (locked,) = (await control.json(*words, "--encryption-passphrase", "pw"))["ExportedBackups"]
    await control("import", locked["File"], code=1)
    assert "behind the name of the file" in control.error


async def test_nobody_is_asked_for_the_password_of_a_server_that_is_not_there(
    server: WebDaemon, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(control.environment, "DUPLICATI__WEBSERVICE_PASSWORD")
    assert await control("health") == "Healthy\n"
    await control("list", code=1)
    assert "PasswordNeeded" in control.error
    await control("list", "--hosturl", "http://127.0.0.1:9", code=1, there=False)
    assert "ServerUnreachable" in control.error


async def test_delete_removes_a_backup(server: WebDaemon, control: Control, tmp_path: Path) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path))
    task = (await control.json("delete", "Docs"))["Task"]
    found = server.daemon.queue.find(task)
    assert found is not None
    await found.finished.wait()
    assert await server.daemon.backups() == []
    await control("delete", "Docs", code=2)
    assert "There is no backup" in control.error


async def test_sign_in_link_and_forever_token(server: WebDaemon, control: Control) -> None:
    assert (await control("sign-in-link")).startswith(f"{server.url}/signin.html?token=")
    await control("forever-token", code=1)
    assert "--webservice-enable-forever-token" in control.error


async def test_the_new_password_comes_from_standard_input(
    server: WebDaemon, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a new one\n"))
    await control("change-password")
    assert await server.daemon.sign_in.login("a new one", "")
    monkeypatch.setattr(sys, "stdin", io.StringIO("a new one\nthe third\n"))
    await control("change-password", "--password", "-")
    assert await server.daemon.sign_in.login("the third", "")
    monkeypatch.setattr(sys, "stdin", io.StringIO("the third\n"))
    await control("change-password", "--password", "-", code=2)


async def test_a_wrong_or_missing_password_is_told_and_never_shown(
    server: WebDaemon, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    await control("list", "--password", "canary-word", code=1)
    assert "not correct" in control.error
    assert "canary" not in control.error
    control.environment = {"DUPLICATI_HOME": control.environment["DUPLICATI_HOME"]}
    await control("list", code=1)
    assert "DUPLICATI__WEBSERVICE_PASSWORD" in control.error
    found = await control.json("list", code=1)
    assert "--password" in found["Exceptions"][0]
