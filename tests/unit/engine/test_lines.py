"""How many transfers go side by side."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine.lines import Lines, Pace


def run(pace: Pace, speed_of: dict[int, float], seconds: int, begin: float = 0.0) -> list[int]:
    """The numbers over the time, where `speed_of` a number is what all together reach."""
    found = []
    for second in range(0, seconds, 2):
        pace.measured(speed_of.get(pace.wanted, max(speed_of.values())), begin + second)
        found.append(pace.wanted)
    return found


def test_more_are_started_while_they_bring_more() -> None:
    pace = Pace(2, 8)
    run(pace, {number: 10.0 * number for number in range(1, 9)}, 40)
    assert pace.wanted == 8


def test_a_full_line_keeps_the_fewest_that_fill_it() -> None:
    pace = Pace(1, 8)
    found = run(pace, {1: 10.0, 2: 20.0, 3: 30.0, 4: 30.0}, 60)
    assert set(found[4:]) <= {3, 4}  # one more is tried now and then
    assert found[4:].count(3) > 3 * found[4:].count(4)


@given(st.integers(1, 8))
def test_a_line_that_stands_still_gets_no_more(start: int) -> None:
    pace = Pace(start, 8)
    assert max(run(pace, dict.fromkeys(range(1, 9), 0.0), 60)) <= start + 1


def test_a_failure_halves_them_for_a_while() -> None:
    pace = Pace(8, 8)
    pace.failed(100.0)
    assert pace.wanted == 4
    assert set(run(pace, {4: 10.0}, 28, begin=101.0)) == {4}


@given(
    start=st.integers(0, 12),
    most=st.integers(0, 12),
    events=st.lists(st.one_of(st.none(), st.floats(0, 1e9, allow_nan=False)), max_size=60),
)
def test_there_is_always_one_and_never_too_many(
    start: int, most: int, events: list[float | None]
) -> None:
    pace = Pace(start, most)
    for at, event in enumerate(events):
        if event is None:
            pace.failed(at * 2.0)
        else:
            pace.measured(event, at * 2.0)
        assert 1 <= pace.wanted <= max(1, most)


async def test_transfers_wait_for_each_other_and_more_are_let_in_when_it_pays(
    autojump_clock: trio.testing.MockClock,
) -> None:
    moved = 0
    lines = Lines(2, 4, lambda: moved, trio.current_time)
    busy = most = 0

    async def transfer() -> None:
        nonlocal moved, busy, most
        async with lines.one():
            busy += 1
            most = max(most, busy)
            for _ in range(30):
                await trio.sleep(1)
                moved += 1000  # each is as fast as if it were alone
            busy -= 1

    with trio.fail_after(400):
        async with trio.open_nursery() as nursery:
            for _ in range(12):
                nursery.start_soon(transfer)
            await trio.sleep(1)
            assert busy == 2
    assert most == lines.at_once == 4


async def test_a_fixed_number_stays(autojump_clock: trio.testing.MockClock) -> None:
    lines = Lines(3, 3, lambda: 0, trio.current_time)
    lines.failed()
    async with lines.one(), lines.one(), lines.one():
        with pytest.raises(trio.TooSlowError), trio.fail_after(100):
            async with lines.one():
                pass
    assert lines.at_once == 3
