"""Versions and files over the API, versions 1 and 2 (spec/server.md 3.5, 3.15)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import trio
from support.daemons import a_backup, at_speed, finished
from support.web_daemon import WebDaemon, a_web_daemon

_V2 = "/api/v2/backup"


async def two_versions(web: WebDaemon, tmp_path: Path, **options: Any) -> None:
    """``a.txt`` grows from 5 to 11 bytes, ``sub/b.bin`` goes."""
    await web.daemon.store.add_backup(a_backup(tmp_path, **options))
    await web.ended(await web.post("backup/1/run"))
    (tmp_path / "source" / "a.txt").write_text("hello again")
    (tmp_path / "source" / "sub" / "b.bin").unlink()
    os.utime(tmp_path / "source" / "a.txt", (1_700_000_000, 1_700_000_000))
    await web.ended(await web.post("backup/1/run"))
    assert len(await web.get("backup/1/filesets")) == 2


async def test_filesets(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await two_versions(web, tmp_path)
        newest, oldest = await web.get("backup/1/filesets")
        assert (newest["Version"], oldest["Version"]) == (0, 1)
        assert newest["Time"] > oldest["Time"]
        assert (newest["IsFullBackup"], newest["FileCount"], newest["FileSizes"]) == (1, -1, -1)
        counted = await web.get("backup/1/filesets", include_metadata="true")
        assert [each["FileCount"] for each in counted] == [1, 2]
        listed = await web.post(f"{_V2}/list-filesets", {"BackupId": "1"})
        assert (listed["Success"], listed["Error"], listed["StatusCode"]) == (True, None, "OK")
        assert [each["FileSizes"] for each in listed["Data"]] == [11, 5 + 10240]
        assert listed["Data"][0]["IsFullBackup"] is True
        remote = await web.post(f"{_V2}/list-filesets", {"BackupId": "1", "ForceRemoteListing": True})
        assert [each["Time"] for each in remote["Data"]] == [newest["Time"], oldest["Time"]]
        assert [each["FileCount"] for each in remote["Data"]] == [-1, -1]


async def test_files_of_version_1(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await two_versions(web, tmp_path)
        source = f"{tmp_path}/source/"
        old = (await web.get("backup/1/filesets"))[1]["Time"]
        found = await web.get("backup/1/files")
        assert [each["Version"] for each in found["Filesets"]] == [0]
        assert found["Files"] == [
            {"Path": source, "Sizes": []},
            {"Path": f"{source}sub/", "Sizes": []},
            {"Path": f"{source}a.txt", "Sizes": [11]},
        ]
        found = await web.get("backup/1/files", filter="*.bin", time=old)
        assert found["Files"] == [{"Path": f"{source}sub/b.bin", "Sizes": [10240]}]
        found = await web.get("backup/1/files", filter="*a.txt", all_versions="true")
        assert found["Files"] == [{"Path": f"{source}a.txt", "Sizes": [11, 5]}]
        assert len(found["Filesets"]) == 2
        found = await web.get("backup/1/files", filter="*b.bin", all_versions="true")
        assert found["Files"] == [{"Path": f"{source}sub/b.bin", "Sizes": [-1, 10240]}]
        found = await web.get("backup/1/files", prefix_only="true")
        assert [each["Path"] for each in found["Files"]] == [source]
        found = await web.get("backup/1/files", filter=source, folder_contents="true")
        assert [each["Path"] for each in found["Files"]] == [f"{source}sub/", f"{source}a.txt"]
        page = await web.get("backup/1/files", pagesize=1, offset=1)
        assert [each["Path"] for each in page["Files"]] == [f"{source}sub/"]
        assert (await web.get("backup/1/files", 400, time="x"))["HelpId"] == "InvalidValue"
        assert (await web.get("backup/1/files", 404, time="2001-01-01"))["HelpId"] == "VersionNotFound"


async def test_folders_of_version_2(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await two_versions(web, tmp_path)
        source = f"{tmp_path}/source/"

        async def folder(**wanted: Any) -> dict[str, Any]:
            found: dict[str, Any] = await web.post(f"{_V2}/list-folder", {"BackupId": "1", **wanted})
            assert found["Success"], found
            return found

        roots = await folder()
        assert [each["Path"] for each in roots["Data"]] == [source]
        assert roots["PageInfo"] == {"Page": 0, "PageSize": 1000, "Total": 1, "Pages": 1}
        found = await folder(Paths=[source], ReturnExtended=False)
        by_path = {each["Path"]: each for each in found["Data"]}
        assert by_path.keys() == {f"{source}a.txt", f"{source}sub/"}
        assert by_path[f"{source}a.txt"] == {
            "Path": f"{source}a.txt",
            "Size": 11,
            "IsDirectory": False,
            "IsSymlink": False,
            "LastModified": "2023-11-14T22:13:20Z",
            "Metadata": None,
        }
        assert (by_path[f"{source}sub/"]["IsDirectory"], by_path[f"{source}sub/"]["Size"]) == (True, 0)
        old = (await web.get("backup/1/filesets"))[1]["Time"]
        inner = await folder(Paths=[f"{source}sub/"], Time=old)
        assert [each["Path"] for each in inner["Data"]] == [f"{source}sub/b.bin"]
        second = await folder(Paths=[source], PageSize=1, Page=1)
        assert [each["Path"] for each in second["Data"]] == [found["Data"][1]["Path"]]
        assert second["PageInfo"] == {"Page": 1, "PageSize": 1, "Total": 2, "Pages": 2}
        assert len((await folder(Paths=[source], PageSize=0))["Data"]) == 2


async def test_versions_and_search(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await two_versions(web, tmp_path)
        source = f"{tmp_path}/source/"
        wanted: dict[str, Any] = {"BackupId": "1", "Paths": [f"{source}a.txt", f"{source}sub/b.bin"]}
        found = await web.post(f"{_V2}/list-versions", wanted)
        assert [(each["Version"], each["Size"]) for each in found["Data"]] == [(0, 11), (1, 5), (1, 10240)]
        assert found["PageInfo"]["Total"] == 3
        assert "Metadata" not in found["Data"][0]

        async def search(**wanted: Any) -> list[tuple[str, int]]:
            found = await web.post(f"{_V2}/search", {"BackupId": "1", **wanted})
            assert found["Success"], found
            return [(each["Path"].removeprefix(source), each["Version"]) for each in found["Data"]]

        assert await search(Filters=["*A.T*"]) == [("a.txt", 0), ("a.txt", 1)]
        assert await search(Filters=["*A.T*"], CaseSensitiveSearch=True) == []
        assert await search(Filters=["*b.bin"], Version=[0]) == []
        assert await search(Filters=["*b.bin"], Version=[1]) == [("sub/b.bin", 1)]
        old = (await web.get("backup/1/filesets"))[1]["Time"]
        assert await search(Filters=["*a.txt"], Time=old) == [("a.txt", 1)]
        assert await search(Paths=[f"{source}sub"], Filters=["*.bin"]) == [("sub/b.bin", 1)]
        assert await search(Filters=["*a.txt"], PageSize=1, Page=1) == [("a.txt", 1)]


async def test_what_is_wrong_has_a_name(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await two_versions(web, tmp_path)
        await web.post("backup/1/deletedb")
        target = (tmp_path / "destination-Docs").as_uri()

        async def status(settings: list[dict[str, str]], url: str = target) -> str:
            body = {"Backup": {"Name": "x", "TargetURL": url, "Sources": ["/x/"], "Settings": settings}}
            made = await web.post("backups", body, temporary="true")
            found: str = (await web.post(f"{_V2}/list-filesets", {"BackupId": made["ID"]}))["StatusCode"]
            if found != "OK":
                first: dict[str, Any] = await web.get(
                    f"backup/{made['ID']}/filesets", 500 if found != "EmptyRemoteFolder" else 400
                )
                texts = {"encrypted-storage", "folder-missing", "There is no backup at the destination."}
                assert first["Error"] in texts
            return found

        assert await status([{"Name": "passphrase", "Value": "secret"}]) == "OK"
        assert await status([]) == "EncryptedStorageNoPassphrase"
        assert await status([], (tmp_path / "nowhere").as_uri()) == "FolderMissing"
        (tmp_path / "empty").mkdir()
        assert await status([], (tmp_path / "empty").as_uri()) == "EmptyRemoteFolder"
        missing = await web.post(f"{_V2}/list-filesets", {"BackupId": "77"})
        assert (missing["Success"], missing["StatusCode"]) == (False, "BackupNotFound")


async def test_a_missing_database_is_built_and_kept(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await two_versions(web, tmp_path)
        await web.post("backup/1/deletedb")
        found = await web.post(f"{_V2}/list-folder", {"BackupId": "1"})
        assert [each["Path"] for each in found["Data"]] == [f"{tmp_path}/source/"]
        assert (await web.get("backup/1"))["Backup"]["DBPathExists"] is True


async def test_restore_from_files_as_the_page_does_it(tmp_path: Path) -> None:
    """A temporary backup: versions from the destination, paths of one of them, then the restore."""
    async with a_web_daemon(tmp_path / "data") as web:
        await two_versions(web, tmp_path)
        body = {
            "Backup": {
                "Name": "Restore",
                "TargetURL": (tmp_path / "destination-Docs").as_uri(),
                "Settings": [{"Name": "passphrase", "Value": "secret"}],
            }
        }
        number = (await web.post("backups", body, temporary="true"))["ID"]
        versions = (await web.post(f"{_V2}/list-filesets", {"BackupId": number}))["Data"]
        update = {"only_paths": True, "time": versions[1]["Time"]}
        assert (await web.ended(await web.post(f"backup/{number}/repairupdate", update))).parsed == "Success"
        listed = await web.post(f"{_V2}/list-folder", {"BackupId": number, "Time": versions[1]["Time"]})
        wanted = {
            "paths": [f"{listed['Data'][0]['Path']}*"],
            "time": versions[1]["Time"],
            "restore_path": str(tmp_path / "restored"),
            "overwrite": True,
            "permissions": False,
            "skip_metadata": False,
        }
        task = await web.ended(await web.post(f"backup/{number}/restore", wanted))
        assert (task.parsed, task.error) == ("Success", "")
        assert (tmp_path / "restored" / "a.txt").read_text() == "hello"


async def test_reading_while_it_runs(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        options: dict[str, Any] = {"zip_compression_level": "0", "dblock_size": "2mb"}
        await two_versions(web, tmp_path, **options)
        (tmp_path / "source" / "big.bin").write_bytes(os.urandom(4_000_000))
        await at_speed(web.daemon, "100KB")
        started = await web.post("backup/1/run")
        task = web.daemon.queue.find(started["ID"])
        assert task is not None
        with trio.fail_after(20):
            while not (await web.get("progressstate"))["ProcessedFileCount"]:
                await trio.sleep(0.02)
        with trio.fail_after(10):
            assert len(await web.get("backup/1/filesets")) == 2
            assert len((await web.get("backup/1/files"))["Files"]) == 3
            assert (await web.post(f"{_V2}/list-folder", {"BackupId": "1"}))["Success"]
            assert (await web.post(f"{_V2}/search", {"BackupId": "1", "Filters": ["*a*"]}))["Success"]
            assert await web.get("backup/1/log")
            assert await web.get("backup/1/remotelog")
            assert await web.get("backup/1/remotevolumes")
        assert not task.finished.is_set()
        await web.post(f"task/{started['ID']}/abort")
        await finished(task)


@pytest.mark.parametrize("body", [{}, {"Paths": ["/x"]}])
async def test_a_backup_must_be_named(tmp_path: Path, body: dict[str, Any]) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.post(f"{_V2}/list-folder", body, 400) is None
