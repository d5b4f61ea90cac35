"""Operations, tasks, progress and logs over the API (spec/server.md 3.4, 3.6, 3.8, 3.16)."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from support.daemons import a_backup, at_speed, finished
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.messages.saved import Setting, TargetUrl


async def backed_up(web: WebDaemon, tmp_path: Path, **options: Any) -> str:
    """A saved backup that ran once."""
    number = await web.daemon.store.add_backup(a_backup(tmp_path, **options))
    task = await web.ended(await web.post(f"backup/{number}/run"))
    assert task.parsed == "Success", task.error
    return number


async def test_a_run_its_task_and_its_progress(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert await web.get("progressstate", 404) == {
            "Error": "No active backup",
            "Code": 404,
            "HelpId": "NoActiveBackup",
        }
        await web.daemon.store.add_backup(a_backup(tmp_path))
        web.daemon.pause.pause()
        started = await web.post("backup/1/run")
        assert started == {"Status": "OK", "ID": 2}
        assert await web.post("backup/1/start") == started
        (waiting,) = await web.get("tasks")
        assert waiting == {
            "Status": "Waiting",
            "ID": 2,
            "TaskStarted": None,
            "TaskFinished": None,
            "ErrorMessage": None,
            "Exception": None,
            "BackupID": "1",
            "Operation": "Backup",
            "Parsed": "",
        }
        web.daemon.pause.resume()
        await web.ended(started)
        done = await web.get("task/2")
        assert (done["Status"], done["Parsed"]) == ("Completed", "Success")
        assert done["TaskStarted"] <= done["TaskFinished"]
        assert await web.get("tasks") == []
        progress = await web.get("progressstate")
        assert (progress["BackupID"], progress["TaskID"]) == ("1", 2)
        assert (progress["Phase"], progress["OverallProgress"]) == ("Backup_Complete", 1)


async def test_the_queue_and_who_is_first(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        for name in ("A", "B", "C"):
            await web.daemon.store.add_backup(a_backup(tmp_path, name))
        web.daemon.pause.pause()
        numbers = [(await web.post(f"backup/{each}/run"))["ID"] for each in (1, 2)]
        first = (await web.post("backup/3/run", skipQueue="true"))["ID"]

        def order(rows: list[dict[str, Any]]) -> list[int]:
            return [each["ID"] for each in rows]

        assert order(await web.get("tasks")) == [first, *numbers]
        wanted = {"IDs": [numbers[1], 99, first]}
        moved = await web.post("/api/v2/tasks/order", wanted)
        assert order(moved["Data"]) == [numbers[1], first, numbers[0]]
        assert await web.post(f"task/{first}/abort") is None
        assert order(await web.get("tasks")) == [numbers[1], numbers[0]]
        assert (await web.get(f"task/{first}"))["Status"] == "Completed"
        assert await web.post("backup/1/abort") == {"Status": "OK", "ID": numbers[0]}
        assert await web.post("backup/1/stop", status=404) == {
            "Error": "No such task found",
            "Code": 404,
            "HelpId": "TaskNotFound",
        }


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("task/2/stop", "after-file"),
        ("task/2/stopaftercurrentfile", "after-file"),
        ("task/2/stopnow", "abort"),
        ("/api/v2/task/2/stop-now", "now"),
        ("backup/1/stop", "after-file"),
    ],
)
async def test_three_kinds_of_stop(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "big.bin").write_bytes(bytes(range(256)) * 20_000)
    async with a_web_daemon(tmp_path / "data") as web:
        await at_speed(web.daemon, "100KB")
        options: dict[str, Any] = {"zip_compression_level": "0", "dblock_size": "2mb"}
        await web.daemon.store.add_backup(a_backup(tmp_path, passphrase=None, **options))
        await web.post("backup/1/run")
        task = web.daemon.queue.find(2)
        assert task is not None
        with trio.fail_after(20):
            while task.report is None:
                await trio.sleep(0.02)
        await web.post(path)
        assert task.stopping == kind
        await at_speed(web.daemon)
        await finished(task)


async def test_no_such_task(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        for path in ("task/99", "task/x", "task/" + "9" * 30):
            assert (await web.get(path, 404))["Error"] == "No such task found"
        assert (await web.post("task/99/stop", status=404))["Error"] == "No such task found"
        found = await web.post("/api/v2/task/99/stop-now")
        assert (found["Success"], found["StatusCode"]) == (False, "TaskNotFound")


async def test_configurations_that_a_backup_carries_become_temporary_backups(tmp_path: Path) -> None:
    """What Duplicati's server stores in its backups, with an address that has a password."""
    carried = {"Name": "Carried", "TargetURL": "ftp://host/x?auth-password=canary", "Sources": ["/home/u/"]}
    setup = tmp_path / "task-setup.json"
    setup.write_text(json.dumps([{"Backup": carried, "DisplayNames": {"/home/u/": "Home"}}]))
    async with a_web_daemon(tmp_path / "data") as web:
        number = await backed_up(web, tmp_path)
        assert await web.post(f"backup/{number}/restore-task-config") == []
        await web.ended(await web.post(f"backup/{number}/run"))
        backup = await web.daemon.backup(number)
        setting = Setting("--control-files", str(setup))
        changed = msgspec.structs.replace(backup, settings=(*backup.settings, setting))
        await web.daemon.store.update_backup(changed)
        (tmp_path / "source" / "more").write_text("more")
        await web.ended(await web.post(f"backup/{number}/run"))
        (found,) = await web.post(f"backup/{number}/restore-task-config")
        assert (found["Name"], found["DisplayNames"]) == ("Carried", {"/home/u/": "Home"})
        assert "canary" not in json.dumps(found)
        kept = await web.daemon.backup(found["BackupId"])
        assert (kept.temporary, kept.target_url) == (True, carried["TargetURL"])


async def test_control_files_into_a_folder(tmp_path: Path) -> None:
    (tmp_path / "settings.txt").write_text("kept")
    async with a_web_daemon(tmp_path / "data") as web:
        number = await backed_up(web, tmp_path, control_files=str(tmp_path / "settings.txt"))
        extra = {"restore-path": str(tmp_path / "out")}
        task = await web.daemon.start(number, "RestoreControlFiles", extra=extra)
        await finished(task)
        assert (task.parsed, task.error) == ("Success", "")
        assert (tmp_path / "out" / "settings.txt").read_text() == "kept"
        task = await web.daemon.start(number, "RestoreControlFiles")
        await finished(task)
        assert "--restore-path" in task.error


async def test_a_mirror_of_plain_files_runs_like_a_backup(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a").write_text("a")
    async with a_web_daemon(tmp_path / "data") as web:
        mirror = {
            "Name": "Mirror",
            "OperationType": "Sync",
            "TargetURL": (tmp_path / "mirror").as_uri(),
            "Sources": [f"{tmp_path}/plain/"],
        }
        await web.post("backups", {"Backup": mirror})
        task = await web.ended(await web.post("backup/1/run"))
        assert (task.operation, task.parsed, task.error) == ("Sync", "Success", "")
        assert (tmp_path / "mirror" / "a").read_text() == "a"
        assert (await web.daemon.backup("1")).metadata["LastSyncFinished"]


async def test_further_destinations_of_a_saved_backup(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        target = TargetUrl("k", (tmp_path / "copy").as_uri(), "interval", "1D")
        backup = msgspec.structs.replace(a_backup(tmp_path), targets=(target,))
        number = await web.daemon.store.add_backup(backup)
        task = await web.ended(await web.post(f"backup/{number}/run"))
        assert (task.parsed, task.error) == ("Success", "")
        volumes = sorted(path.name for path in (tmp_path / "copy").iterdir())
        assert volumes
        (tmp_path / "copy" / volumes[0]).unlink()
        await web.ended(await web.post(f"backup/{number}/run"))  # not due yet
        assert len(list((tmp_path / "copy").iterdir())) == len(volumes) - 1
        task = await web.daemon.start(number, "RemoteSynchronization")
        await finished(task)
        assert (task.parsed, task.error) == ("Success", "")
        assert (tmp_path / "copy" / volumes[0]).exists()


async def test_restore(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        wanted: dict[str, Any] = {
            "paths": [f"{tmp_path}/source/sub/*"],
            "restore_path": str(tmp_path / "restored"),
            "time": None,
            "overwrite": True,
            "permissions": True,
        }
        task = await web.ended(await web.post("backup/1/restore", wanted))
        assert (task.parsed, task.error) == ("Success", "")
        assert [each.name for each in (tmp_path / "restored").rglob("*") if each.is_file()] == ["b.bin"]
        (version,) = await web.get("backup/1/filesets")
        wanted |= {"paths": None, "time": version["Time"], "restore_path": str(tmp_path / "again")}
        assert (await web.ended(await web.post("backup/1/restore", wanted))).parsed == "Success"
        assert (tmp_path / "again" / "a.txt").read_text() == "hello"
        wanted = {"time": "latest", "restore_path": str(tmp_path / "latest")}
        assert (await web.ended(await web.post("backup/1/restore", wanted))).parsed == "Success"
        wrong = await web.post("backup/1/restore", {"time": "some day"}, 400)
        assert wrong["HelpId"] == "InvalidValue"
        remote = await web.post("backup/1/restore", {"restore_path": "@/x|s3://b"}, 400)
        assert remote["HelpId"] == "OptionNotBuilt"


async def test_restore_with_another_passphrase(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        wanted = {"passphrase": "wrong", "restore_path": str(tmp_path / "restored")}
        task = await web.ended(await web.post("backup/1/restore", wanted))
        assert task.error_id == "WrongPassphrase"


async def test_repair_and_size_and_the_local_database(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        database = Path((await web.daemon.backup("1")).db_path)
        assert await web.post("backup/1/deletedb") is None
        assert not database.exists()
        assert (await web.ended(await web.post("backup/1/repair"))).parsed == "Success"
        assert database.exists()
        (version,) = await web.get("backup/1/filesets")
        for at, rebuilt in ((version["Time"], False), ("2030-01-01T00:00:00Z", True)):
            before = database.stat().st_ino
            update = {"only_paths": True, "time": at}
            assert (await web.ended(await web.post("backup/1/repairupdate", update))).parsed == "Success"
            assert (database.stat().st_ino != before) is rebuilt
        assert (await web.ended(await web.post("backup/1/report-remote-size"))).parsed == "Success"
        moved = tmp_path / "elsewhere.sqlite"
        assert await web.post("backup/1/movedb", {"path": str(moved)}) is None
        assert moved.exists()
        assert not database.exists()
        assert (await web.get("backup/1"))["Backup"]["DBPath"] == str(moved)
        assert await web.post("backup/1/movedb", {"path": str(moved)}, 409)
        assert (await web.post("backup/1/movedb", {"path": "relative"}, 400))["HelpId"] == "PathInvalid"
        assert (await web.post("backup/1/movedb", status=400))["HelpId"] == "PathInvalid"
        await web.post("backup/1/updatedb", {"path": str(database)})
        assert (await web.get("backup/1"))["Backup"]["DBPathExists"] is False
        web.daemon.pause.pause()
        await web.post("backup/1/run")
        assert (await web.post("backup/1/deletedb", status=400))["HelpId"] == "DatabaseLocked"


async def test_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        foreign = tmp_path / "foreign.sqlite"
        foreign.write_bytes(b"somebody's")
        await web.daemon.store.add_backup(a_backup(tmp_path, dbpath=str(foreign)))
        await web.post("backup/1/deletedb")
        assert foreign.read_bytes() == b"somebody's"


async def test_a_report_is_offered(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        assert (await web.ended(await web.post("backup/1/createreport"))).parsed == "Success"
        (told,) = await web.daemon.store.notifications()
        assert (told.type, told.title, told.backup_id) == ("Information", "Bugreport ready", "1")
        kind, number = told.action.rsplit(":", 1)
        assert kind == "bug-report:created"
        kept = await web.daemon.store.temp_file(int(number))
        assert kept is not None
        path = Path(kept.path)
        assert path.stat().st_mode & 0o777 == 0o600
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
            assert "database.json" in archive.namelist()
        assert b"secret" not in everything
        assert kept.expires - web.daemon.clock.now() == pytest.approx(3 * 86400, abs=60)


async def test_log_and_remote_log(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        volumes = await web.get("backup/1/remotevolumes")
        assert {each["Type"] for each in volumes} == {"Files", "Index", "Blocks"}
        assert all(each["Size"] > 0 and each["Hash"] for each in volumes)
        await web.ended(await web.post("backup/1/repair"))
        repair, backup = await web.get("backup/1/log", pagesize=5, offset=0)
        assert repair["ID"] > backup["ID"]
        assert (backup["Type"], backup["Exception"]) == ("Result", "")
        assert json.loads(backup["Message"])["MainOperation"] == "Backup"
        assert json.loads(backup["ParsedResult"])["AddedFiles"] == 2
        assert repair["ParsedResult"] is None
        assert isinstance(backup["Timestamp"], int)
        assert [each["ID"] for each in await web.get("backup/1/log", offset=repair["ID"])] == [backup["ID"]]
        rows = await web.get("backup/1/remotelog")
        puts = [each for each in rows if each["Operation"] == "put"]
        assert puts
        assert all(json.loads(each["Data"])["Size"] > 0 for each in puts)
        assert all(isinstance(json.loads(each["Data"]), dict) for each in rows)
        page = await web.get("backup/1/remotelog", pagesize=1)
        assert page == rows[:10]


async def test_a_page_of_runs(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        await web.ended(await web.post("backup/1/run"))
        wrong = await web.daemon.store.add_backup(a_backup(tmp_path, "Wrong", blocksize="nonsense"))
        await web.ended(await web.post(f"backup/{wrong}/run"))
        newest, oldest = (await web.get("/api/v2/backup/1/runs"))["Data"]
        assert (oldest["Operation"], oldest["Parsed"], oldest["Reason"]) == ("Backup", "Success", "manual")
        assert oldest["Numbers"]["AddedFiles"] == 2
        assert oldest["Numbers"]["BytesUploaded"] > 0
        assert newest["Numbers"]["AddedFiles"] == 0
        (before,) = (await web.get("/api/v2/backup/1/runs", before=newest["ID"]))["Data"]
        assert before == oldest
        assert len((await web.get("/api/v2/backup/1/runs", limit=1))["Data"]) == 1
        (failed,) = (await web.get(f"/api/v2/backup/{wrong}/runs"))["Data"]
        assert failed["Parsed"] == "Fatal"
        assert "nonsense" in failed["Message"]
        one = (await web.get(f"/api/v2/run/{oldest['ID']}", pagesize=1))["Data"]
        assert one["Run"] == oldest
        assert one["Result"]["MainOperation"] == "Backup"
        assert len(one["Log"]) == 1
        assert one["PageInfo"]["Total"] == oldest["LogLines"] > 1
        missing = await web.get("/api/v2/run/999")
        assert (missing["Success"], missing["StatusCode"]) == (False, "RunNotFound")
