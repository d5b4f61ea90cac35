"""A program that goes on afterwards gives a job's priority to the job's workers, and keeps its own."""

from __future__ import annotations

import os

import psutil

from triplicati.engine.gentle import WorkerPriority, worker_priority
from triplicati.engine.pool import worker_process


async def test_only_the_workers_of_the_operation_are_slower() -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    before = {child.pid for child in psutil.Process().children()}
    worker_priority.set(WorkerPriority("lowest"))
    async with worker_process("pack"):
        (child,) = [each for each in psutil.Process().children() if each.pid not in before]
        assert child.nice() == 15
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours
