"""Tells of backups that have not succeeded for too long, and takes that back when one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import trio

from triplicati.config.server.store import Store
from triplicati.runner.failures import survived
from triplicati.runner.scheduler import Overdue, Scheduler

MESSAGE_ID = "BackupOverdue"
_SHOW_LOG = "backup:show-log"


async def tell_overdue(
    store: Store, scheduler: Scheduler, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> NoReturn:
    """To be started before the scheduler: what was told in an earlier process is compared with its first
    look."""
    news = scheduler.overdue_news
    task_status.started()
    while True:
        await news.wait()
        news = scheduler.overdue_news
        with survived("Telling of overdue backups"):  # it is told with the next change
            await settle(store, scheduler.overdue())


async def settle(store: Store, overdue: Sequence[Overdue]) -> None:
    """One notification for each backup that is overdue, and none for others."""
    late = {each.backup_id for each in overdue}
    told = [each for each in await store.notifications() if each.message_id == MESSAGE_ID]
    for notice in told:
        if notice.backup_id not in late:
            await store.remove_notification(notice.id)
    names = {each.id: each.name for each in await store.backups()}
    for backup_id in late - {each.backup_id for each in told}:
        if backup_id in names:
            await store.add_notification(
                "Warning",
                f"Backup overdue: {names[backup_id]}",
                f"{names[backup_id]} has not succeeded for longer than its schedule allows. See its log for"
                " why, and whether this computer runs at the times when it is due.",
                backup_id=backup_id,
                action=_SHOW_LOG,
                message_id=MESSAGE_ID,
            )
