"""Commands on their way from any thread to the agent."""

from __future__ import annotations

import threading

import trio
import trio.testing

from triplicati_tray.desk import Command
from triplicati_tray.inbox import Debounce, Inbox


async def test_what_came_before_trio_ran_is_heard_in_order() -> None:
    inbox = Inbox()
    wanted = [Command("open"), Command("run", "1"), Command("quit")]
    for each in wanted:
        inbox.hear(each)
    assert [await inbox.next() for _ in wanted] == wanted


async def test_a_click_in_another_thread_wakes_the_one_who_waits() -> None:
    inbox = Inbox()
    heard: list[Command] = []

    async def listen() -> None:
        heard.append(await inbox.next())

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            await trio.testing.wait_all_tasks_blocked()
            thread = threading.Thread(target=inbox.hear, args=(Command("resume"),))
            thread.start()
    thread.join()
    assert heard == [Command("resume")]


def test_what_comes_after_the_end_is_dropped() -> None:
    inbox = Inbox()
    inbox.hear(Command("open"))
    trio.run(inbox.next)
    inbox.hear(Command("quit"))


def test_two_equal_clicks_within_a_second_are_one() -> None:
    debounce = Debounce()
    assert debounce.passes(Command("run", "1"), 10.0)
    assert not debounce.passes(Command("run", "1"), 10.9)
    assert debounce.passes(Command("run", "2"), 10.9)
    assert debounce.passes(Command("run", "1"), 11.0)
