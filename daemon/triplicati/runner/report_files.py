"""Reports of a problem, made by the server and kept for some days (spec/server.md 8.5)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from triplicati.config.server.store import Store
from triplicati.messages.results import Result
from triplicati.operations.order import Order
from triplicati.operations.report_file import REMINDER, write_report
from triplicati.runner.tasks import Task
from triplicati.runner.works import Work

ORIGIN = "create-report"
# Seconds that a report can be fetched.
KEPT = 3 * 86400


def report_work(store: Store, folder: Path, now: Callable[[], float]) -> Work:
    """The work of the operation CreateReport; the file is kept in `folder`, the data folder."""

    async def report(order: Order, task: Task) -> Result:
        path = folder / f"report-{secrets.token_hex(8)}.zip"
        result = await write_report(order, path)
        number = await store.add_temp_file(ORIGIN, str(path), int(now()) + KEPT)
        await store.add_notification(
            "Information",
            "Bugreport ready",
            f"The report on {task.backup.name} can be fetched for three days. {REMINDER}",
            backup_id=task.backup.id,
            action=f"bug-report:created:{number}",
        )
        return result

    return report
