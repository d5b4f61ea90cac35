"""Which rule of a policy a version falls under."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine.retention import rule_for, versions_to_delete
from triplicati.engine.settings import Retention
from triplicati.values.retention import RetentionRule, parse_policy

_NOW = 1_700_000_000


class Made(msgspec.Struct, frozen=True):
    stamp: int
    full: bool = True


def test_the_shortest_frame_counts() -> None:
    retention = Retention(policy=parse_policy("4W:1W,1W:1D"))
    week, month = sorted(retention.policy, key=lambda rule: rule.frame or timedelta())
    assert rule_for(_NOW - 6 * 86400, retention, _NOW) == week
    assert rule_for(_NOW - 7 * 86400, retention, _NOW) == week
    assert rule_for(_NOW - 8 * 86400, retention, _NOW) == month
    assert rule_for(_NOW - 29 * 86400, retention, _NOW) is None
    assert rule_for(_NOW, Retention(keep_versions=3), _NOW) is None


@given(
    st.lists(st.integers(0, 40), max_size=20, unique=True),
    st.lists(st.integers(1, 30), min_size=1, max_size=3, unique=True),
)
def test_what_no_frame_reaches_goes_but_for_the_newest(ages: list[int], frames: list[int]) -> None:
    rules = tuple(RetentionRule(timedelta(days=each), None) for each in frames)
    retention = Retention(policy=rules)
    versions = [Made(_NOW - age * 86400) for age in sorted(ages)]
    reached = [rule_for(each.stamp, retention, _NOW) is not None for each in versions]
    outside = [each for each, inside in zip(versions, reached, strict=True) if not inside]
    assert versions_to_delete(versions, retention, _NOW) == [
        each for each in outside if each is not versions[0]
    ]
