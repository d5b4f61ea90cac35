"""The state of folders over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.daemons import a_backup, finished
from support.web_daemon import WebDaemon, a_web_daemon


async def test_the_state_of_a_folder_follows_its_backup(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _turn_on(web)
        number = await web.daemon.store.add_backup(a_backup(tmp_path))
        source = f"{tmp_path}/source"
        assert (await web.get(f"folderstatus{source}/sub"))["Status"] == "never"
        await finished(await web.daemon.start(number, "Backup"))
        found = await web.get(f"folderstatus{source}/sub")
        assert (found["Status"], found["BackupName"], found["BackupId"]) == ("backedup", "Docs", number)
        assert found["LastBackupTime"].endswith("Z")
        assert await web.get("folderstatus") == [found | {"Path": f"{source}/"}]
        for encoded in (f"/{source}", source.replace("/", "%2F")):  # as an address has it, and as a program
            again = await web.get(f"folderstatus/{encoded.lstrip('/') if '%' in encoded else encoded}")
            assert again["BackupId"] == number
        elsewhere = await web.get("folderstatus/elsewhere")
        assert (elsewhere["Status"], elsewhere["BackupId"]) == ("notinbackup", None)
        assert (await web.get(f"folderstatus{source}-not"))["Status"] == "notinbackup"


@pytest.mark.parametrize(
    ("metadata", "state"),
    [
        ({"LastBackupFinished": "20260102T000000Z", "LastBackupResult": "Warning"}, "warning"),
        ({"LastBackupFinished": "20260102T000000Z", "LastBackupResult": "Error"}, "failed"),
        ({"LastBackupFinished": "20260102T000000Z", "LastErrorDate": "20260103T000000Z"}, "failed"),
        ({"LastBackupFinished": "20260104T000000Z", "LastErrorDate": "20260103T000000Z"}, "backedup"),
        ({"LastErrorDate": "20260103T000000Z"}, "failed"),
    ],
)
async def test_results_are_told(tmp_path: Path, metadata: dict[str, str], state: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _turn_on(web)
        number = await web.daemon.store.add_backup(a_backup(tmp_path))
        await web.daemon.store.set_metadata(number, metadata)
        (found,) = await web.get("folderstatus")
        assert found["Status"] == state


async def _turn_on(web: WebDaemon) -> None:
    await web.put("serversettings", {"enable-folder-status-service": True})
