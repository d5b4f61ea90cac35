"""What must not end the daemon, nor keep a task from ending: odd names, locked files, scripts that hang."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio
from support.daemons import a_backup, a_daemon, a_store, at_speed, finished

from triplicati.config.server.database import NAME
from triplicati.messages.log import LogLine
from triplicati.messages.results import BackupResult
from triplicati.messages.saved import SavedSchedule
from triplicati.runner import kept, ordering, scheduler, upkeep
from triplicati.runner.daemon import Daemon
from triplicati.runner.tasks import Task

_SOON = 2.0


def _script(tmp: Path, name: str, text: str) -> str:
    path = tmp / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


def _hanging(tmp: Path, name: str) -> tuple[str, Path]:
    """A script that tells, by a file, that it runs, and ends by itself only after the test."""
    mark = tmp / f"{name}-began"
    return _script(tmp, name, f"touch {mark}\nexec sleep 60"), mark


async def _until_exists(path: Path) -> None:
    with trio.fail_after(20):
        while not path.exists():
            await trio.sleep(0.01)


async def _runs_well(daemon: Daemon, number: str) -> None:
    task = await finished(await daemon.start(number, "Backup"))
    assert task.parsed == "Success", task.error


async def test_a_name_that_is_no_text_is_kept_as_well_as_text_can(tmp_path: Path) -> None:
    """A script whose path holds such a byte is named in a warning: the result of the run could not be
    written as JSON, and the whole daemon ended with that."""
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        odd = f"{tmp_path}/no\udcff"
        task = await finished(await daemon.start(number, "Backup", extra={"run-script-before": odd}))
        assert task.parsed == "Warning"
        (run,) = await daemon.store.runs(number)
        assert run.ended is not None
        assert "no\\ufffd" in run.result or "no\ufffd" in run.result
        (told,) = await daemon.store.notifications()
        assert "no\ufffd" in told.message
        extra = {"run-script-before-required": odd}
        task = await finished(await daemon.start(number, "Backup", extra=extra))
        assert "no\ufffd" in task.error
        await _runs_well(daemon, number)


async def test_a_bug_in_what_keeps_a_run_is_told_and_the_next_one_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(result: BackupResult) -> dict[str, str]:
        raise ZeroDivisionError("one by zero")

    async with a_daemon(tmp_path / "data") as daemon:
        said: list[LogLine] = []
        daemon.log.listeners.append(said.append)
        number = await daemon.store.add_backup(a_backup(tmp_path))
        with monkeypatch.context() as broken:
            broken.setattr(kept, "metadata_after", wrong)
            await _runs_well(daemon, number)
        (line,) = [each for each in said if each.id == "ZeroDivisionError"]
        assert "could not be recorded" in line.text
        await _runs_well(daemon, number)


async def test_a_bug_in_a_listener_or_a_reader_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(topic: str, value: object) -> None:
        raise ZeroDivisionError(topic)

    async def unreadable() -> int:
        raise ZeroDivisionError("unreadable")

    async with a_daemon(tmp_path / "data") as daemon:
        said: list[LogLine] = []
        daemon.log.listeners.append(said.append)
        number = await daemon.store.add_backup(a_backup(tmp_path))
        daemon.hub.listeners.append(wrong)
        monkeypatch.setitem(daemon.publisher._readers, "notifications", unreadable)
        daemon.publisher.stale("notifications")
        await _runs_well(daemon, number)
        with trio.fail_after(5):
            while not any(each.id == "ZeroDivisionError" for each in said):
                await trio.sleep(0.01)


async def test_the_end_of_a_run_waits_for_a_database_that_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that held it for longer than the busy timeout cost the result of the run, and its schedule
    was not moved on."""
    script, mark = _hanging(tmp_path, "before")
    async with a_daemon(tmp_path / "data") as daemon:
        daemon.store._database._connection.set_busy_timeout(20)
        number = await daemon.store.add_backup(a_backup(tmp_path, run_script_before=script))
        task = await daemon.start(number, "Backup")
        await _until_exists(mark)
        with _held(tmp_path / "data" / NAME):
            daemon.stop(task, "abort")
            await trio.sleep(0.1)
            assert not task.finished.is_set()
        await finished(task)
        (run,) = await daemon.store.runs(number)
        assert run.parsed == "Stopped"


@contextmanager
def _held(path: Path) -> Iterator[None]:
    other = apsw.Connection(str(path))  # two libraries in one process would not see each other's locks
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


async def test_an_abort_ends_the_script_before_a_run(tmp_path: Path) -> None:
    script, mark = _hanging(tmp_path, "before")
    async with _running(tmp_path, run_script_before=script) as (daemon, task):
        await _until_exists(mark)
        daemon.stop(task, "abort")
        assert (await finished(task, _SOON)).parsed == "Stopped"


async def test_an_abort_does_not_wait_for_a_secret_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, over = threading.Event(), threading.Event()

    def silent(*_: object, **__: object) -> None:
        asked.set()
        over.wait(30)

    monkeypatch.setattr(ordering, "with_secrets", silent)
    async with _running(tmp_path) as (daemon, task):
        await trio.to_thread.run_sync(asked.wait, 20)
        daemon.stop(task, "abort")
        assert (await finished(task, _SOON)).parsed == "Stopped"
    over.set()


async def test_an_abort_of_the_script_after_a_run_keeps_what_was_done(tmp_path: Path) -> None:
    script, mark = _hanging(tmp_path, "after")
    async with _running(tmp_path, run_script_after=script) as (daemon, task):
        await _until_exists(mark)
        daemon.stop(task, "abort")
        assert (await finished(task, _SOON)).parsed == "Warning"
        assert (await daemon.backup(task.backup.id)).metadata["BackupListCount"] == "1"


async def test_an_abort_does_not_wait_for_the_receiver_of_a_report(tmp_path: Path) -> None:
    asked = trio.Event()

    async def silent(stream: trio.SocketStream) -> None:
        asked.set()
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listener.socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, silent, [listener])
        async with _running(tmp_path, send_http_url=f"http://127.0.0.1:{port}/") as (daemon, task):
            with trio.fail_after(20):
                await asked.wait()
            daemon.stop(task, "abort")
            assert (await finished(task, _SOON)).parsed == "Warning"
        nursery.cancel_scope.cancel()


async def test_the_end_of_the_daemon_gives_the_script_after_a_run_its_time(tmp_path: Path) -> None:
    mark, done = tmp_path / "began", tmp_path / "done"
    script = _script(tmp_path, "after", f"touch {mark}\nsleep 0.3\ntouch {done}")
    async with _running(tmp_path, run_script_after=script) as (_, task):
        await _until_exists(mark)
    assert done.exists()
    assert task.parsed == "Success"


@asynccontextmanager
async def _running(tmp: Path, **options: Any) -> AsyncIterator[tuple[Daemon, Task]]:
    async with a_daemon(tmp / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp, **options))
        yield daemon, await daemon.start(number, "Backup")


async def test_what_waits_behind_the_deletion_of_its_backup_is_not_begun(tmp_path: Path) -> None:
    """It would upload everything anew, for a backup that nobody sees any more."""
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        daemon.pause.pause()
        deletion = await daemon.start(number, "Delete")
        backup = await daemon.start(number, "Backup")
        daemon.pause.resume()
        assert (await finished(deletion)).error == ""
        assert (await finished(backup)).parsed == "Stopped"
        assert not (tmp_path / "destination-Docs").exists()


async def test_stop_now_ends_a_run_whose_transfers_are_paused(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path))
        (tmp_path / "source" / "big").write_bytes(os.urandom(3_000_000))
        await at_speed(daemon, "1KB")
        task = await daemon.start(number, "Backup")
        with trio.fail_after(20):
            while task.report is None or not task.report.progress.transfers:
                await trio.sleep(0.01)
        daemon.pause.pause(transfers=True)
        await at_speed(daemon)
        daemon.stop(task, "now")
        assert (await finished(task, 10)).error == ""
        daemon.pause.resume()


async def test_a_file_that_cannot_be_removed_does_not_end_the_house_keeping(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data") as daemon:
        folder = tmp_path / "a folder where a file was"
        folder.mkdir()
        other = tmp_path / "other"
        other.touch()
        for path in (folder, other):
            await daemon.store.add_temp_file("test", str(path), 10)
        await upkeep.clean(daemon.store, 0.0, 20.0)
        assert folder.exists()
        assert not other.exists()


async def test_a_schedule_that_cannot_be_reckoned_with_does_not_end_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> None:
        raise OverflowError("too far")

    async with a_daemon(tmp_path / "data") as daemon:
        schedule = SavedSchedule(id=0, time=10, repeat="1D", paused=True)
        number = await daemon.store.add_backup(a_backup(tmp_path, schedule=schedule))
        with monkeypatch.context() as broken:
            broken.setattr(scheduler, "decide", wrong)
            daemon.scheduler.poke()
            with trio.fail_after(5):
                while not any("too far" in each.text for each in daemon.scheduler.decisions()):
                    await trio.sleep(0.01)
        await _runs_well(daemon, number)


async def test_a_scheduled_run_that_the_end_of_the_daemon_cut_off_is_due_again(tmp_path: Path) -> None:
    """A computer that is switched off each evening would never get its backup."""
    script, mark = _hanging(tmp_path, "before")
    due = int(time.time()) - 10
    schedule = SavedSchedule(id=0, time=due, repeat="1D")
    async with a_daemon(tmp_path / "data") as daemon:
        saved = a_backup(tmp_path, schedule=schedule, run_script_before=script)
        number = await daemon.store.add_backup(saved)
        await _until_exists(mark)
    async with a_store(tmp_path / "data") as store:
        (run,) = await store.runs(number)
        assert run.parsed == "Stopped"
        left = (await store.backups())[0].schedule
        assert left is not None
        assert left.time == due


async def test_a_resumed_run_is_the_one_that_was_due(tmp_path: Path) -> None:
    """After the next restart it was run once more."""
    due = int(time.time()) - 10
    schedule = SavedSchedule(id=0, time=due, repeat="1D")
    async with a_store(tmp_path / "data") as store:
        number = await store.add_backup(a_backup(tmp_path, schedule=schedule))
        await store.begin_run(number, 2, "Backup", "It was due", due)
    async with a_daemon(tmp_path / "data") as daemon:
        with trio.fail_after(20):
            while daemon.queue.lines():
                await trio.sleep(0.01)
        assert [each.reason for each in await daemon.store.runs(number)] == ["resume", "It was due"]
        after = (await daemon.backup(number)).schedule
        assert after is not None
        assert after.time > due
