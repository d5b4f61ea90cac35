"""Locking volumes over the API, and asking until when they are locked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from support.daemons import a_backup
from support.locking import make_lockable
from support.web_daemon import a_web_daemon


async def test_set_locks_and_read_lock_info(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = make_lockable(monkeypatch)
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        await web.ended(await web.post("backup/1/run"))
        body = {"BackupId": "1", "Versions": [0], "Duration": "2h"}
        task = await web.ended(await web.post("/api/v2/backup/set-locks", body))
        assert (task.parsed, task.error) == ("Success", "")
        volumes = {path.name for path in (tmp_path / "destination-Docs").iterdir()}
        assert set(locks) == volumes
        assert min(locks.values()) > datetime.now(UTC) + timedelta(hours=1)
        locks.clear()
        task = await web.ended(await web.post("/api/v2/backup/read-lock-info", {"BackupId": "1"}))
        assert (task.parsed, task.error) == ("Success", "")
        (entry, *_) = await web.get("backup/1/log")
        result = msgspec.json.decode(entry["Message"])
        assert (result["VolumesRead"], result["VolumesUpdated"]) == (len(volumes), len(volumes))


async def test_a_destination_that_cannot_lock(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        await web.ended(await web.post("backup/1/run"))
        for name in ("set-locks", "read-lock-info"):
            body = {"BackupId": "1", "Duration": "1D"} if name == "set-locks" else {"BackupId": "1"}
            task = await web.ended(await web.post(f"/api/v2/backup/{name}", body))
            assert task.error_id == "LocksNotSupported"
