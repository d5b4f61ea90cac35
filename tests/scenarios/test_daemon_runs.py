"""Saved backups run by the daemon: what is kept of a run, stops, pauses, restarts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import trio
from support.daemons import a_backup, a_daemon, at_speed, finished
from support.web_service import web_service

from triplicati.messages.live import LiveProgress
from triplicati.messages.saved import SavedBackup
from triplicati.runner.daemon import Daemon


async def test_a_backup_runs_and_everything_of_it_is_kept(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        task = await finished(await daemon.start(number, "Backup"))
        assert (task.state, task.parsed, task.error) == ("completed", "Success", "")
        (run,) = await daemon.store.runs(number)
        result = json.loads(run.result)
        assert result["MainOperation"] == "Backup"
        assert result["AddedFiles"] == 2
        assert result["ParsedResult"] == "Success"
        saved = await daemon.backup(number)
        assert saved.metadata["BackupListCount"] == "1"
        assert saved.metadata["SourceFilesCount"] == "2"
        assert saved.metadata["LastBackupResult"] == "Success"
        operations = {each.operation for each in await daemon.store.remote_operations(number)}
        assert {"list", "put", "createfolder"} <= operations
        assert await daemon.store.run_log(run.id)
        assert Path(saved.db_path).exists()
        assert daemon.progress is not None
        assert daemon.progress.state == "Success"


async def test_a_failed_run_is_told_and_the_daemon_goes_on(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path, blocksize="nonsense"))
        task = await finished(await daemon.start(number, "Backup"))
        assert task.state == "failed"
        assert task.parsed == "Fatal"
        assert task.error_id == "InvalidValue"
        (told,) = await daemon.store.notifications()
        assert (told.type, told.title) == ("Error", "Error while running Docs")
        assert "nonsense" in told.message
        (logged,) = await daemon.store.errors()
        assert logged.backup_id == number
        assert "LastErrorMessage" in (await daemon.backup(number)).metadata
        with trio.fail_after(5):
            while not daemon.has_error:
                await trio.sleep(0.01)
        good = await daemon.store.add_backup(a_backup(tmp_path, "Good"))
        assert (await finished(await daemon.start(good, "Backup"))).parsed == "Success"


async def test_a_good_run_takes_back_what_a_failed_one_said(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        await daemon.store.add_notification("Error", "Error while running Docs", "x", backup_id=number)
        await finished(await daemon.start(number, "Backup"))
        assert await daemon.store.notifications() == []


async def test_run_now_while_it_runs_gives_the_same_task(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        first = await daemon.start(number, "Backup")
        assert await daemon.start(number, "Backup") is first
        other = await daemon.store.add_backup(a_backup(tmp_path, "Other"))
        third = await daemon.start(other, "Backup")
        fourth = await daemon.start(number, "Repair", first=True)
        assert daemon.queue.waiting[:2] in ([fourth, third], [fourth, first])
        for task in (first, third, fourth):
            await finished(task)


async def test_restore_and_delete(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        await finished(await daemon.start(number, "Backup"))
        extra = {"restore-path": str(tmp_path / "restored")}
        task = await finished(await daemon.start(number, "Restore", extra=extra))
        assert (task.parsed, task.error) == ("Success", "")
        assert (tmp_path / "restored" / "a.txt").read_text() == "hello"
        path = Path((await daemon.backup(number)).db_path)
        flags = frozenset({"delete-remote-files", "delete-local-db"})
        (tmp_path / "destination-Docs" / "of-somebody-else.txt").write_text("x")
        task = await finished(await daemon.start(number, "Delete", flags=flags))
        assert (task.parsed, task.error) == ("Success", "")
        assert await daemon.backups() == []
        assert not path.exists()
        assert [each.name for each in (tmp_path / "destination-Docs").iterdir()] == ["of-somebody-else.txt"]


def _large(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    content = random.Random(1)
    for number in range(40):
        (source / f"{number:02}.bin").write_bytes(content.randbytes(800_000))


async def _under_way(daemon: Daemon) -> LiveProgress:
    with trio.fail_after(30):
        while daemon.progress is None or not daemon.progress.bytes_done:
            await trio.sleep(0.02)
    return daemon.progress


async def test_an_abort_ends_within_two_seconds(tmp_path: Path) -> None:
    _large(tmp_path)
    async with a_daemon(tmp_path / "data") as daemon:
        await at_speed(daemon, "100KB")
        number = await daemon.store.add_backup(a_backup(tmp_path, dblock_size="2mb"))
        task = await daemon.start(number, "Backup")
        await _under_way(daemon)
        daemon.stop(task, "abort")
        await finished(task, 2)
        assert (task.state, task.parsed, task.error) == ("completed", "Stopped", "")
        assert await daemon.store.notifications() == []
        (run,) = await daemon.store.runs(number)
        assert run.parsed == "Stopped"
        await at_speed(daemon)
        assert (await finished(await daemon.start(number, "Backup"))).parsed == "Success"


async def test_stop_now_keeps_a_partial_version(tmp_path: Path) -> None:
    _large(tmp_path)
    async with a_daemon(tmp_path / "data") as daemon:
        await at_speed(daemon, "3MB")
        number = await daemon.store.add_backup(a_backup(tmp_path, dblock_size="2mb"))
        task = await daemon.start(number, "Backup")
        await _under_way(daemon)
        daemon.stop(task, "now")
        await at_speed(daemon)
        await finished(task)
        assert task.parsed == "Warning"
        (run,) = await daemon.store.runs(number)
        assert json.loads(run.result)["PartialBackup"] is True


async def test_a_pause_holds_the_queue_and_what_runs(tmp_path: Path) -> None:
    _large(tmp_path)
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path, dblock_size="2mb"))
        task = await daemon.start(number, "Backup")
        await _under_way(daemon)
        daemon.pause.pause()
        await trio.sleep(0.6)
        assert daemon.progress is not None
        before = daemon.progress.bytes_done
        assert daemon.progress.state == "paused"
        await trio.sleep(0.6)
        assert daemon.progress.bytes_done == before
        assert not task.finished.is_set()
        daemon.pause.resume()
        assert (await finished(task)).parsed == "Success"


async def test_what_was_paused_stays_paused_after_a_restart(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        daemon.pause.pause(3600)
        until = daemon.pause.until
        await trio.testing.wait_all_tasks_blocked()
        with trio.fail_after(5):
            while not await daemon.store.setting("paused-until"):
                await trio.sleep(0.01)
    async with a_daemon(tmp_path / "data") as daemon:
        assert daemon.pause.until is not None
        assert until is not None
        assert abs(daemon.pause.until - until) < 0.01
        number = await daemon.store.add_backup(a_backup(tmp_path))
        task = await daemon.start(number, "Backup")
        await trio.sleep(0.2)
        assert task.state == "waiting"
        daemon.pause.resume()
        await finished(task)


async def test_a_run_that_was_cut_off_is_resumed_once(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        await daemon.store.begin_run(number, 7, "Backup", "manual", daemon.clock.now())
    async with a_daemon(tmp_path / "data") as daemon:
        task = daemon.queue.running or next(iter(daemon.queue))
        assert task.reason == "resume"
        assert (await finished(task)).parsed == "Success"
        assert [run.parsed for run in await daemon.store.runs(number)] == ["Success", "Stopped"]
        await daemon.store.begin_run(number, 8, "Backup", "resume", daemon.clock.now())
    async with a_daemon(tmp_path / "data") as daemon:
        assert list(daemon.queue) == []
        (told,) = await daemon.store.notifications()
        assert told.message_id == "RunInterrupted"


async def test_leaving_aborts_what_runs(tmp_path: Path) -> None:
    _large(tmp_path)
    with trio.fail_after(20):
        async with a_daemon(tmp_path / "data") as daemon:
            await at_speed(daemon, "10KB")
            number = await daemon.store.add_backup(a_backup(tmp_path, dblock_size="2mb"))
            task = await daemon.start(number, "Backup")
            await _under_way(daemon)
            begin = trio.current_time()
    assert trio.current_time() - begin < 3
    assert task.parsed == "Stopped"


def _hooked(tmp_path: Path, script: str) -> SavedBackup:
    return a_backup(tmp_path, run_script_before=script, run_script_after=script)


async def test_scripts_run_around_a_job_without_the_servers_own_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTINGS_ENCRYPTION_KEY", "of the server alone")
    monkeypatch.setenv("PASSPHRASE", "of a command line")
    script = tmp_path / "script.sh"
    script.write_text(f'#!/bin/sh\nenv > "{tmp_path}/$DUPLICATI__EVENTNAME.$DUPLICATI__OPERATIONNAME"\n')
    script.chmod(0o755)
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(_hooked(tmp_path, str(script)))
        assert (await finished(await daemon.start(number, "Backup"))).parsed == "Success"
    before = (tmp_path / "BEFORE.Backup").read_text()
    after = (tmp_path / "AFTER.Backup").read_text()
    assert "DUPLICATI__backup_name=Docs" in before
    assert "DUPLICATI__PARSED_RESULT=Success" in after
    assert "of the server alone" not in before + after
    assert "of a command line" not in before + after


async def test_a_job_reports_to_where_it_says(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        with web_service(lambda _: (200, {})) as service:
            url = f"{service.url}/report"
            number = await daemon.store.add_backup(a_backup(tmp_path, send_http_json_urls=url))
            assert (await finished(await daemon.start(number, "Backup"))).parsed == "Success"
            (asked,) = service.asked
            sent = json.loads(asked.body)
    assert sent["Data"]["ParsedResult"] == "Success"
    assert sent["Extra"]["backup-name"] == "Docs"
    assert sent["Extra"]["backup-id"] == f"DB-{number}"


async def test_listeners_hear_of_a_run_from_its_start_to_its_end(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        with daemon.hub.subscribed() as subscription:
            await subscription.next()
            await finished(await daemon.start(number, "Backup"))
            heard: list[dict[str, object]] = []
            with trio.fail_after(10):
                while not any(frame["Topic"] == "run-ended" for frame in heard):
                    heard += [json.loads(frame) for frame in await subscription.next()]
    topics = [frame["Topic"] for frame in heard]
    assert topics.index("run-started") < topics.index("progress") < topics.index("run-ended")
    (ended,) = [frame["Data"] for frame in heard if frame["Topic"] == "run-ended"]
    assert isinstance(ended, dict)
    assert (ended["BackupName"], ended["Parsed"], ended["Operation"]) == ("Docs", "Success", "Backup")
