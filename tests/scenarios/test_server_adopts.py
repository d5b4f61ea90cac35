"""A Duplicati's jobs and its real backups, taken over by a server of ours (spec/server.md 7.6)."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

from support.api_client import ended, start
from support.golden import CASES
from support.server_process import server_process

from triplicati.config.server.schema import TABLES

_CASE = CASES["b-aes"]


def _duplicati(folder: Path, remote: Path) -> None:
    """Its data folder, with one job whose backups real Duplicati has made."""
    folder.mkdir()
    with contextlib.closing(sqlite3.connect(folder / "Duplicati-server.sqlite")) as connection:
        connection.executescript(TABLES)
        backup = "INSERT INTO Backup (ID, Name, Tags, TargetURL, DBPath) VALUES (4, 'Office', '', ?, ?)"
        connection.execute(backup, (remote.as_uri(), "ABCDEFGHIJ.sqlite"))
        connection.execute("INSERT INTO Source VALUES (4, '/home/u/office/')")
        option = "INSERT INTO Option VALUES (4, '', ?, ?)"
        connection.execute(option, ("passphrase", _CASE.passphrase))
        connection.execute(option, ("encryption-module", "aes"))
        connection.execute("INSERT INTO Schedule VALUES (1, 'ID=4', 1767355212, '1D', 1767268812, '')")
        connection.commit()
    (folder / "ABCDEFGHIJ.sqlite").write_bytes(b"theirs")


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if "triplicati" not in path.relative_to(folder).parts:
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (path.stat().st_mtime_ns, content)
    return found


def test_jobs_are_taken_browsed_and_restored_and_theirs_stays_as_it_was(tmp_path: Path) -> None:
    theirs, remote = tmp_path / "Duplicati", tmp_path / "remote"
    shutil.copytree(_CASE.remote, remote)
    _duplicati(theirs, remote)
    before = _state(theirs)
    # In the very folder that is theirs: ours is a folder in it.
    with server_process(theirs, "--adopt") as server, server.signed_in() as client:
        assert "belongs to Duplicati and is left alone" in server.text
        assert "Jobs taken from" in server.text
        assert "4: Office" in server.text
        assert "Their schedules are paused" in server.text
        assert "recreate its local database there" in server.text
        (row,) = client.get("/api/v1/backups").json()
        assert (row["Backup"]["ID"], row["Backup"]["Name"]) == ("4", "Office")
        assert row["Backup"]["DBPath"].startswith(str(theirs / "triplicati"))
        assert client.get("/api/v1/tasks").json() == []
        filesets = client.post("/api/v2/backup/list-filesets", json={"BackupId": "4"}).json()
        assert filesets["Success"] is True
        assert [each["Version"] for each in filesets["Data"]] == [0, 1, 2]
        restored = tmp_path / "restored"
        body = {"restore_path": str(restored), "permissions": True, "time": filesets["Data"][0]["Time"]}
        task = ended(client, start(client, "/api/v1/backup/4/restore", body))
        assert task["Status"] == "Completed", task
        assert _CASE.differences(3, restored) == []
        server.stop()
    with server_process(theirs, "--adopt") as server:
        server.said("Taken before, and left as they are: Office")
        server.said("Server has started")
    assert _state(theirs) == before
