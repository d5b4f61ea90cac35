"""Speed limits, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from triplicati.storage.kinds.file import LocalFolder
from triplicati.storage.throttle import SpeedLimit, ThrottledDestination
from triplicati.storage.uploads import FileUpload


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def limit(rate: int, clock: Clock) -> SpeedLimit:
    return SpeedLimit(rate, clock.read, clock.sleep)


@given(st.lists(st.integers(1, 1 << 20), min_size=1, max_size=20), st.integers(1 << 16, 1 << 24))
def test_the_bytes_of_a_transfer_take_their_time(counts: list[int], rate: int) -> None:
    clock = Clock()
    speed = limit(rate, clock)
    for count in counts:
        speed.wait(count, lambda: None)
    assert clock.now - 100.0 == pytest.approx(sum(counts) / rate, rel=1e-6, abs=1e-6)


def test_there_is_no_burst_after_a_pause() -> None:
    clock = Clock()
    speed = limit(1000, clock)
    speed.wait(1000, lambda: None)
    clock.now += 60
    before = clock.now
    speed.wait(1000, lambda: None)
    assert clock.now - before == pytest.approx(1.0)


def test_a_limit_changes_while_it_is_used() -> None:
    clock = Clock()
    speed = limit(0, clock)
    speed.wait(1 << 40, lambda: None)
    assert clock.now == 100.0
    speed.rate = 10
    speed.wait(10, lambda: None)
    assert clock.now == pytest.approx(101.0)


def test_a_stop_does_not_wait_for_it() -> None:
    clock = Clock()

    def stop() -> None:
        if clock.now > 101:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        limit(1, clock).wait(1000, stop)
    assert clock.now < 101.2


@given(st.binary(max_size=100_000), st.integers(0, 1 << 20))
def test_pieces_are_the_whole(part: bytes, rate: int) -> None:
    assert b"".join(SpeedLimit(rate).pieces(part)) == part


async def test_both_ways_through_a_real_folder(tmp_path: Path) -> None:
    (tmp_path / "remote").mkdir()
    volume = tmp_path / "volume"
    volume.write_bytes(bytes(range(256)) * 4000)
    clock = Clock()
    up, down = limit(1 << 20, clock), limit(1 << 19, clock)
    slow = ThrottledDestination(LocalFolder(tmp_path / "remote"), up, down)
    assert slow.staging is None
    assert slow.local("v") is None
    sent: list[int] = []
    await slow.put("v", FileUpload(volume, volume.stat().st_size, sent.append))
    assert clock.now - 100 == pytest.approx(1024000 / (1 << 20), rel=1e-3)
    received = bytearray()
    await slow.get("v", received.extend)
    assert bytes(received) == volume.read_bytes()
    assert clock.now - 100 == pytest.approx(1024000 / (1 << 20) + 1024000 / (1 << 19), rel=1e-3)
    assert sum(sent) == volume.stat().st_size


async def test_an_abort_ends_a_slow_put(tmp_path: Path) -> None:
    (tmp_path / "remote").mkdir()
    volume = tmp_path / "volume"
    volume.write_bytes(b"x" * 100_000)
    slow = ThrottledDestination(LocalFolder(tmp_path / "remote"), SpeedLimit(1), SpeedLimit(0))
    with trio.fail_after(5), trio.move_on_after(0.2) as scope:
        await slow.put("v", FileUpload(volume, 100_000))
    assert scope.cancelled_caught
