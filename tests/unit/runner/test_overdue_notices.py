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
    clock = _Later()
    async with a_daemon(tmp_path / "data", clock) as daemon:
        last = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
        schedule = SavedSchedule(0, int(clock.now()) + DAY, "1D")
        number = await daemon.store.add_backup(a_backup(tmp_path, schedule=schedule))
        await daemon.store.set_schedule_state(number, last_run=last)
        # What is late has its chance first.
        await _until(daemon, 0)
        clock.ahead = 7200.0
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
    """Goes on by `ahead` seconds, as if nobody had looked meanwhile."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead

    def elapsed(self) -> float:
        return super().elapsed() + self.ahead

    def awake(self) -> float:
        return super().awake() + self.ahead


async def _until(daemon: Daemon, count: int) -> list[Notification]:
    with trio.fail_after(10):
        while True:
            daemon.scheduler.poke()
            told = [each for each in await daemon.store.notifications() if each.message_id == MESSAGE_ID]
            if len(told) == count:
                return told
            await trio.sleep(0.02)
