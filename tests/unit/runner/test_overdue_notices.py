"""Notifications about backups that are overdue."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import trio
from support.daemons import a_backup, a_daemon, a_store, finished

from triplicati.messages.records import Notification
from triplicati.messages.saved import SavedSchedule
from triplicati.runner.clock import SystemClock
from triplicati.runner.daemon import Daemon
from triplicati.runner.overdue import MESSAGE_ID, settle
from triplicati.runner.scheduler import Overdue

DAY = 86400


async def test_one_notification_for_each_and_none_for_others(tmp_path: Path) -> None:
    async with a_store(tmp_path / "data") as store:
        one = await store.add_backup(a_backup(tmp_path, "One"))
        two = await store.add_backup(a_backup(tmp_path, "Two"))
        await store.add_notification("Error", "Other", "stays", backup_id=one)
        await settle(store, [Overdue(one, 1), Overdue(two, 1), Overdue("99", 1)])
        told = await store.notifications()
        assert {each.title for each in told} == {"Other", "Backup overdue: One", "Backup overdue: Two"}
        await settle(store, [Overdue(one, 1)])
        again = await store.notifications()
        assert [each for each in told if each.title != "Backup overdue: Two"] == again
        await settle(store, [])
        assert [each.title for each in await store.notifications()] == ["Other"]


async def test_a_daemon_tells_and_takes_it_back_after_a_success(tmp_path: Path) -> None:
    async with a_daemon(tmp_path / "data", _Later()) as daemon:
        due = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
        ahead = int(daemon.clock.now()) + DAY
        schedule = SavedSchedule(0, ahead, "1D", last_run=due)
        number = await daemon.store.add_backup(a_backup(tmp_path, schedule=schedule))
        (told,) = await _until(daemon, 1)
        assert (told.type, told.backup_id, told.message_id) == ("Warning", number, MESSAGE_ID)
        assert daemon.scheduler.overdue()
        await finished(await daemon.start(number, "Backup"))
        await _until(daemon, 0)


async def test_what_an_earlier_process_told_stays_or_goes(tmp_path: Path) -> None:
    async with a_store(tmp_path / "data") as store:
        number = await store.add_backup(a_backup(tmp_path))
        await settle(store, [Overdue(number, 1)])
    async with a_daemon(tmp_path / "data") as daemon:
        await _until(daemon, 0)


class _Later(SystemClock):
    """An hour after the start, when late runs have had their chance."""

    def __init__(self) -> None:
        self._asked = 0

    def now(self) -> float:
        self._asked += 1
        return super().now() + (7200 if self._asked > 40 else 0)


async def _until(daemon: Daemon, count: int) -> list[Notification]:
    with trio.fail_after(10):
        while True:
            daemon.scheduler.poke()
            told = [each for each in await daemon.store.notifications() if each.message_id == MESSAGE_ID]
            if len(told) == count:
                return told
            await trio.sleep(0.02)
