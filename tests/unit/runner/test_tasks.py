"""The queue of tasks: order, stops, and what is remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from triplicati.messages.saved import SavedBackup
from triplicati.runner.tasks import StopKind, Task, TaskQueue


class _Work:
    """Each task takes ten seconds, and ends as it was told to be stopped."""

    def __init__(self) -> None:
        self.order: list[int] = []

    async def run(self, task: Task) -> None:
        self.order.append(task.id)
        with task.scope:
            for _ in range(100):
                await trio.sleep(0.1)
                if task.stop.wanted == "now":
                    break
            task.parsed = "Success"
            return
        task.parsed = "Stopped"


@asynccontextmanager
async def _queue(work: _Work) -> AsyncIterator[TaskQueue]:
    queue = TaskQueue(work.run, lambda: None, trio.current_time)
    async with trio.open_nursery() as nursery:
        await nursery.start(queue.serve)
        yield queue
        nursery.cancel_scope.cancel()


def _task(queue: TaskQueue, name: str = "Docs", operation: str = "Backup") -> Task:
    backup = SavedBackup(id=name, name=name, target_url="file:///x")
    return Task(id=queue.next_id(), operation=operation, backup=backup)


async def test_one_after_the_other_and_the_first_has_number_two(autojump_clock: MockClock) -> None:
    work = _Work()
    async with _queue(work) as queue:
        tasks = [queue.add(_task(queue, name)) for name in "abc"]
        hurried = queue.add(_task(queue, "d"), first=True)
        await wait_all_tasks_blocked()
        assert [line.state for line in queue.lines()] == ["running", "waiting", "waiting", "waiting"]
        for task in tasks:
            await task.finished.wait()
    assert work.order[0] in (2, 5)
    assert work.order == ([5, 2, 3, 4] if work.order[0] == 5 else [2, 5, 3, 4])
    assert hurried.state == "completed"
    assert tasks[1].started >= tasks[0].ended


async def test_a_waiting_task_that_is_stopped_leaves_the_queue(autojump_clock: MockClock) -> None:
    work = _Work()
    async with _queue(work) as queue:
        first, second = (queue.add(_task(queue, name)) for name in "ab")
        await wait_all_tasks_blocked()
        queue.stop(second, "after-file")
        assert (second.state, second.parsed) == ("completed", "Stopped")
        assert queue.find(second.id) is second
        await first.finished.wait()
    assert work.order == [first.id]


@pytest.mark.parametrize(("kind", "parsed"), [("now", "Success"), ("abort", "Stopped")])
async def test_a_running_task_is_stopped(autojump_clock: MockClock, kind: StopKind, parsed: str) -> None:
    async with _queue(_Work()) as queue:
        task = queue.add(_task(queue))
        await trio.sleep(1)
        queue.stop(task, kind)
        await task.finished.wait()
        assert (task.parsed, task.ended - task.started < 1.2) == (parsed, True)
        queue.stop(task, kind)  # has ended: nothing happens
        assert queue.active("Docs") is None


async def test_a_held_queue_begins_nothing(autojump_clock: MockClock) -> None:
    async with _queue(_Work()) as queue:
        queue.hold(True)
        task = queue.add(_task(queue))
        await trio.sleep(100)
        assert task.state == "waiting"
        assert queue.active("Docs") is task
        assert queue.active("Docs", "Restore") is None
        queue.hold(False)
        await task.finished.wait()


async def test_the_latest_hundred_are_remembered(autojump_clock: MockClock) -> None:
    async with _queue(_Work()) as queue:
        tasks = [queue.add(_task(queue, str(number))) for number in range(105)]
        await tasks[-1].finished.wait()
        assert [queue.find(task.id) is None for task in tasks] == [True] * 5 + [False] * 100


async def test_shutting_down_aborts_and_begins_nothing_more(autojump_clock: MockClock) -> None:
    work = _Work()
    async with _queue(work) as queue:
        first, second = (queue.add(_task(queue, name)) for name in "ab")
        await trio.sleep(1)
        begin = trio.current_time()
        await queue.shut_down(5)
        assert trio.current_time() - begin < 0.2
        assert first.parsed == "Stopped"
        await trio.sleep(50)
        assert second.state == "waiting"
    assert work.order == [first.id]
