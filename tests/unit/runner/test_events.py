"""The hub: newest value of each state, numbered events, and listeners that fall behind."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from triplicati.runner.events import Hub


def _parsed(frames: list[str]) -> list[dict[str, Any]]:
    return [json.loads(frame) for frame in frames]


@pytest.fixture
def hub() -> Hub:
    return Hub(now=lambda: 1000.0)


async def test_a_listener_begins_with_a_snapshot(hub: Hub, autojump_clock: MockClock) -> None:
    hub.state("server", {"State": "Running"})
    with hub.subscribed() as subscription:
        (first,) = _parsed(await subscription.next())
    assert first["Topic"] == "snapshot"
    assert first["Data"] == {"server": {"State": "Running"}}
    assert first["Resync"] is False


async def test_a_state_goes_out_four_times_a_second_and_the_newest_wins(
    hub: Hub, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    await nursery.start(hub.flush_in_time)
    seen: list[tuple[float, int]] = []

    async def listen() -> None:
        with hub.subscribed() as subscription:
            while True:
                frames = _parsed(await subscription.next())
                now = round(trio.current_time(), 3)
                seen.extend((now, frame["Data"]) for frame in frames if frame["Topic"] == "progress")

    nursery.start_soon(listen)
    await trio.testing.wait_all_tasks_blocked()
    begin = trio.current_time()
    for number in range(41):
        hub.state("progress", number)
        await trio.sleep(0.05)
    await trio.sleep(1)
    nursery.cancel_scope.cancel()
    assert seen[-1][1] == 40
    assert len(seen) in (9, 10)  # the clock does not start on a whole second
    assert all(later - earlier >= 0.249 for (earlier, _), (later, _) in pairwise(seen))
    assert seen[-1][0] - begin < 2.3


async def test_who_comes_back_gets_what_was_missed_in_order(hub: Hub, autojump_clock: MockClock) -> None:
    hub.state("tasks", 1)
    hub.event("run-started", "a")
    with hub.subscribed() as subscription:
        (snapshot,) = _parsed(await subscription.next())
    hub.event("run-ended", "b")
    await trio.sleep(1)
    hub.state("tasks", 2)
    hub.event("run-started", "c")
    with hub.subscribed(since=snapshot["Seq"]) as subscription:
        missed = _parsed(await subscription.next())
    assert [(frame["Topic"], frame["Data"]) for frame in missed] == [
        ("run-ended", "b"),
        ("tasks", 2),
        ("run-started", "c"),
    ]
    assert [frame["Seq"] for frame in missed] == sorted(frame["Seq"] for frame in missed)


@pytest.mark.parametrize("since", [0, 999_999, 10**15])
async def test_who_was_away_too_long_or_before_a_restart_is_told_to_begin_anew(
    hub: Hub, autojump_clock: MockClock, since: int
) -> None:
    hub.state("server", 1)
    with hub.subscribed(since=since) as subscription:
        (frame,) = _parsed(await subscription.next())
    assert frame["Topic"] == "snapshot"
    assert frame["Resync"] is True


async def test_who_fell_off_the_ring_is_told_to_begin_anew(hub: Hub, autojump_clock: MockClock) -> None:
    with hub.subscribed() as subscription:
        await subscription.next()
        for number in range(1001):
            hub.event("decision", number)
        (frame,) = _parsed(await subscription.next())
        assert frame["Topic"] == "snapshot"
        assert frame["Resync"] is True
        hub.event("decision", "next")
        assert [each["Data"] for each in _parsed(await subscription.next())] == ["next"]


async def test_closing_ends_every_listener(
    hub: Hub, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    ended: list[list[str]] = []

    async def listen() -> None:
        with hub.subscribed() as subscription:
            await subscription.next()
            ended.append(await subscription.next())

    nursery.start_soon(listen)
    nursery.start_soon(listen)
    await trio.testing.wait_all_tasks_blocked()
    assert len(hub) == 2
    hub.close()
    await trio.testing.wait_all_tasks_blocked()
    assert ended == [[], []]


async def test_the_same_state_again_wakes_nobody(hub: Hub, autojump_clock: MockClock) -> None:
    hub.state("server", {"State": "Running"})
    with hub.subscribed() as subscription:
        await subscription.next()
        await trio.sleep(1)
        hub.state("server", {"State": "Running"})
        with trio.move_on_after(5) as scope:
            await subscription.next()
    assert scope.cancelled_caught
