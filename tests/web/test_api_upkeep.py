"""Deleting versions, compacting and shrinking the local database over the API."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from support.daemons import a_backup
from support.engine import noise
from support.web_daemon import WebDaemon, a_web_daemon

OPTIONS: dict[str, Any] = {"blocksize": "10kb", "dblock_size": "1mb"}


async def _grown(web: WebDaemon, tmp_path: Path, rounds: int = 4, **options: str) -> None:
    await web.daemon.store.add_backup(a_backup(tmp_path, passphrase=None, **{**OPTIONS, **options}))
    for number in range(rounds):
        for file in range(20):
            (tmp_path / "source" / f"{number}-{file}").write_bytes(noise(15_000, 100 * number + file))
            if file % 3:
                (tmp_path / "source" / f"{number - 1}-{file}").unlink(missing_ok=True)
        assert (await web.ended(await web.post("backup/1/run"))).parsed == "Success"


def _volumes(tmp_path: Path, kind: str) -> int:
    return len(list(tmp_path.glob(f"destination-*/*.{kind}.*")))


async def _result(web: WebDaemon) -> Any:
    (entry, *_) = await web.get("backup/1/log")
    return msgspec.json.decode(entry["Message"])


async def test_delete_versions(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _grown(web, tmp_path, keep_versions="9")
        body = {"BackupId": "1", "Versions": [1, 3], "SuppressCompact": True}
        answer = await web.post("/api/v2/backup/delete-versions", body)
        task = await web.ended(answer)
        assert (task.parsed, task.error) == ("Success", "")
        assert _volumes(tmp_path, "dlist") == 2
        result = await _result(web)
        assert [each["Item1"] for each in result["DeletedSets"]] == [1, 3]
        assert result["CompactResults"] is None
        versions = await web.get("backup/1/filesets")
        assert [each["Version"] for each in versions] == [0, 1]


async def test_the_last_version_stays_unless_that_is_said(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _grown(web, tmp_path, 1)
        body: dict[str, Any] = {"BackupId": "1", "Versions": [0]}
        await web.ended(await web.post("/api/v2/backup/delete-versions", body))
        assert _volumes(tmp_path, "dlist") == 1
        body["AllowFullRemoval"] = True
        await web.ended(await web.post("/api/v2/backup/delete-versions", body))
        assert _volumes(tmp_path, "dlist") == 0


async def test_numbers_of_versions_that_cannot_be_are_refused_at_once(tmp_path: Path) -> None:
    """They were taken, and the task failed later."""
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        for path in ("delete-versions", "set-locks"):
            await web.post(f"/api/v2/backup/{path}", {"BackupId": "1", "Versions": [-3]}, 400)


async def test_compact(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _grown(web, tmp_path, 6, keep_versions="1", no_auto_compact="true")
        before = _volumes(tmp_path, "dblock")
        task = await web.ended(await web.post("backup/1/compact"))
        assert (task.parsed, task.error) == ("Success", "")
        assert _volumes(tmp_path, "dblock") < before
        result = await _result(web)
        assert result["MainOperation"] == "Compact"
        assert result["DeletedFileCount"] > result["UploadedFileCount"] > 0
        metadata = (await web.get("backup/1"))["data"]["Backup"]["Metadata"]
        assert "LastCompactStarted" in metadata
        assert (await web.ended(await web.post("backup/1/verify"))).parsed == "Success"


async def test_vacuum(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _grown(web, tmp_path, 2)
        task = await web.ended(await web.post("backup/1/vacuum"))
        assert (task.parsed, task.error) == ("Success", "")
        assert (await _result(web))["SizeAfter"] > 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are some seconds apart, so that there is room for new lists."""
    seconds = itertools.count(1_700_000_000, 10)
    monkeypatch.setattr("triplicati.engine.backup.time", SimpleNamespace(time=lambda: float(next(seconds))))


async def _with_a_loss(web: WebDaemon, tmp_path: Path) -> None:
    """Two versions, and a volume less that both of them need."""
    await _grown(web, tmp_path, 1, keep_versions="9", no_auto_compact="true")
    volumes = sorted(tmp_path.glob("destination-*/*.dblock.*"), key=lambda path: path.stat().st_size)
    (tmp_path / "source" / "later").write_bytes(noise(15_000, 999))
    assert (await web.ended(await web.post("backup/1/run"))).parsed == "Success"
    volumes[-1].unlink()


@pytest.mark.usefixtures("clock")
async def test_broken_files_are_listed_and_purged(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _with_a_loss(web, tmp_path)
        body = {"BackupId": "1"}
        found = (await web.post("/api/v2/backup/list-broken-files", body))["Data"]
        assert [each["FilesetID"] for each in found] == [0, 1]
        assert found[1]["FilesetTime"].startswith("2023-11-14T22:13:")
        sizes = {file["Path"]: file["Size"] for file in found[0]["Files"]}
        assert sizes[str(tmp_path / "source" / "0-7")] == 15_000
        assert str(tmp_path / "source" / "later") not in sizes

        task = await web.ended(await web.post("/api/v2/backup/purge-broken-files", body))
        assert (task.parsed, task.error) == ("Warning", "")
        result = await _result(web)
        assert result["MainOperation"] == "PurgeBrokenFiles"
        deleted = len(result["DeleteResults"]["DeletedSets"])
        assert result["PurgeResults"]["RewrittenFileLists"] + deleted == 2
        assert (await web.post("/api/v2/backup/list-broken-files", body))["Data"] == []
        assert (await web.ended(await web.post("backup/1/verify"))).parsed == "Success"


async def test_purging_with_nothing_broken(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _grown(web, tmp_path, 1)
        task = await web.ended(await web.post("backup/1/purge"))
        assert (task.parsed, task.error) == ("Success", "")
        assert (await _result(web))["PurgeResults"]["RewrittenFileLists"] == 0


@pytest.mark.usefixtures("clock")
async def test_broken_files_listed_as_a_task(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _with_a_loss(web, tmp_path)
        task = await web.daemon.start("1", "ListBrokenFiles")
        await web.ended({"Status": "OK", "ID": task.id})
        result = await _result(web)
        assert [each["Number"] for each in result["BrokenFiles"]] == [0, 1]


async def test_versions_are_deleted_by_their_times(tmp_path: Path) -> None:
    """Their numbers may have changed until the task has its turn."""
    async with a_web_daemon(tmp_path / "data") as web:
        await _grown(web, tmp_path, 3, keep_versions="9")
        listed = (await web.post("/api/v2/backup/list-filesets", {"BackupId": "1"}))["Data"]
        assert [each["DamagedFiles"] for each in listed] == [0, 0, 0]
        body = {"BackupId": "1", "Times": [listed[1]["Time"]]}
        task = await web.ended(await web.post("/api/v2/backup/delete-versions", body))
        assert task.parsed == "Success"
        left = (await web.post("/api/v2/backup/list-filesets", {"BackupId": "1"}))["Data"]
        assert [each["Time"] for each in left] == [listed[0]["Time"], listed[2]["Time"]]
        again = await web.ended(await web.post("/api/v2/backup/delete-versions", body))
        assert again.parsed == "Success"
        assert _volumes(tmp_path, "dlist") == 2


async def test_files_are_purged_after_a_look_at_what_goes(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await _grown(web, tmp_path, 2, keep_versions="9")
        body = {"Paths": ["*/0-3"]}
        seen = (await web.post("/api/v2/backup/1/purge/preview", body))["Data"]
        assert (seen["Count"], seen["Size"]) == (2, 30_000)
        assert [(each["Version"], each["Count"]) for each in seen["Versions"]] == [(0, 1), (1, 1)]
        assert seen["Versions"][0]["Paths"][0].endswith("/0-3")
        assert _volumes(tmp_path, "dlist") == 2
        task = await web.ended((await web.post("/api/v2/backup/1/purge", {**body, "Versions": [0]}))["Data"])
        assert (task.parsed, task.error) == ("Success", "")
        result = await _result(web)
        assert (result["MainOperation"], result["RemovedFileCount"]) == ("PurgeFiles", 1)
        left = (await web.post("/api/v2/backup/1/purge/preview", body))["Data"]
        assert [each["Version"] for each in left["Versions"]] == [1]
