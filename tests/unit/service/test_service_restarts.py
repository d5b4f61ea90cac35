"""Whether and when a server that ended is started again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.service.restarts import Life, Restarts

_SHORT = Life(1, 2.0, came_up=True)
_FAILED = Life(100, 2.0, came_up=False, error="PortTaken")
_LONG = Life(-9, 3600.0, came_up=True)


def _after(*lives: Life, delay: float = 10.0) -> Restarts:
    restarts = Restarts(delay)
    for life in lives:
        restarts = restarts.after(life)
    return restarts


def test_the_wait_doubles_up_to_five_minutes() -> None:
    waits = [_after(*[_SHORT] * number).wait for number in range(1, 8)]
    assert waits == [10, 20, 40, 80, 160, 300, 300]


def test_a_good_time_makes_the_wait_short_again() -> None:
    assert _after(_SHORT, _SHORT, _SHORT, _LONG).wait == 10


def test_a_long_start_that_came_to_nothing_is_no_good_time() -> None:
    assert _after(_SHORT, Life(-9, 3600.0, came_up=False, hung=True)).wait == 20


def test_the_sixth_failed_first_start_is_the_last() -> None:
    codes = [_after(*[_FAILED] * number).exit_code(_FAILED) for number in range(1, 7)]
    assert codes == [None] * 5 + [100]


def test_a_signal_gives_no_negative_exit_code() -> None:
    killed = Life(-11, 1.0, came_up=False)
    assert _after(*[killed] * 6).exit_code(killed) == 100


@given(st.lists(st.sampled_from([_SHORT, _FAILED, _LONG])), st.lists(st.sampled_from([_FAILED, _SHORT])))
def test_one_that_came_up_is_never_given_up(before: list[Life], behind: list[Life]) -> None:
    restarts = _after(*before, _LONG, *behind)
    assert restarts.exit_code(_FAILED) is None
    assert restarts.exit_code(Life(100, 1.0, came_up=False, error="WrongSettingsKey")) is None


@given(st.integers(0, 5000), st.floats(0, 1e6))
def test_the_wait_is_bounded(failures: int, delay: float) -> None:
    restarts = Restarts(delay, failures).after(_SHORT)
    assert min(delay, 300.0) <= restarts.wait <= max(delay, 300.0)


@pytest.mark.parametrize("code", [102, 103])
def test_a_password_that_was_set_or_kept_ends_it(code: int) -> None:
    life = Life(code, 1.0, came_up=False)
    assert _after(_LONG, life).exit_code(life) == code


@pytest.mark.parametrize("error", ["WrongSettingsKey", "OtherInstance", "InsecureDataFolderPermissions"])
def test_what_stays_wrong_ends_it_at_once(error: str) -> None:
    life = Life(100, 1.0, came_up=False, error=error)
    assert _after(life).exit_code(life) == 100
