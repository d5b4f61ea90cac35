import itertools
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine.retention import versions_to_delete
from triplicati.engine.settings import Retention
from triplicati.values.retention import RetentionRule, parse_policy

DAY = 86400
NOW = 1_700_000_000.0


class Version(msgspec.Struct, frozen=True):
    stamp: int
    full: bool


def ages(*days: float, partial: tuple[float, ...] = ()) -> list[Version]:
    """Full versions of these ages in days before `NOW`, and partial ones."""
    stamps = [(int(NOW - day * DAY), day in partial) for day in (*days, *partial)]
    return sorted((Version(stamp, not part) for stamp, part in stamps), key=lambda version: -version.stamp)


def deleted(versions: list[Version], retention: Retention) -> list[float]:
    """The ages in days of what would go."""
    return [round((NOW - version.stamp) / DAY, 3) for version in versions_to_delete(versions, retention, NOW)]


@pytest.mark.parametrize(
    ("full", "partial", "count", "gone"),
    [
        ((1, 2, 3), (), 0, []),
        ((1, 2, 3), (), 3, []),
        ((1, 2, 3), (), 5, []),
        ((1, 2, 3), (), 1, [2, 3]),
        ((1, 2, 3), (), 2, [3]),
        # Partial ones before the newest full one stay, those between two full ones that stay go.
        ((3, 5, 7), (1, 2, 4), 2, [4, 7]),
        # Everything behind the last full one goes, partial or not.
        ((1, 4), (2, 3), 1, [2, 3, 4]),
        # Too few full ones: what is older than the last of them is no longer between two.
        ((1, 3), (2, 4), 3, [2]),
        ((), (1, 2, 3), 1, []),
    ],
)
def test_keep_versions(
    full: tuple[float, ...], partial: tuple[float, ...], count: int, gone: list[float]
) -> None:
    assert deleted(ages(*full, partial=partial), Retention(keep_versions=count)) == gone


@pytest.mark.parametrize(
    ("full", "partial", "limit", "gone"),
    [
        ((1, 2, 3), (), 2, [3]),
        ((1, 2, 3), (), 2.5, [3]),
        ((1, 2, 3), (), 10, []),
        # At least one full version is kept, whatever its age, and what is newer than it.
        ((5, 6), (), 2, [6]),
        ((5, 6), (1, 3, 4), 2, [6]),
        # From the first one that is too old everything goes, partial or not.
        ((1, 5), (3, 6), 2, [3, 5, 6]),
        ((), (3, 6), 2, []),
    ],
)
def test_keep_time(
    full: tuple[float, ...], partial: tuple[float, ...], limit: float, gone: list[float]
) -> None:
    assert deleted(ages(*full, partial=partial), Retention(keep_since=NOW - limit * DAY)) == gone


@pytest.mark.parametrize(
    ("policy", "full", "partial", "gone"),
    [
        # The newest is set aside; in the frame the oldest is kept and what is a day after the last kept.
        ("7D:1D", (0.1, 0.5, 1, 1.5, 2), (), [0.5, 1.5]),
        ("7D:1D", (0.1, 8), (), [8]),
        # A frame begins exactly its length ago.
        ("7D:1D", (0.1, 7), (), []),
        # A daily job that starts a second earlier is thinned out: there is no tolerance (trap 42).
        ("7D:1D", (0.1, 2 + 1 / DAY, 3), (), [2.0]),
        ("7D:1D", (0.1, 2, 3), (), []),
        # Each version belongs to the shortest frame, and each frame starts anew.
        ("2D:U,7D:3D", (0.1, 0.2, 0.3, 3, 4, 5, 6), (), [4, 5]),
        ("7D:3D,2D:U", (0.1, 0.2, 0.3, 3, 4, 5, 6), (), [4, 5]),
        ("1D:0s,U:1D", (0.1, 0.2, 400, 400.5), (), [400]),
        # Partial ones stay inside frames and never set the distance; outside they go.
        ("7D:2D", (0.1, 3, 4.5, 5), (4, 6, 9), [4.5, 9]),
        ("7D:2D", (4, 5), (0.1, 6), [4]),
    ],
)
def test_policy(policy: str, full: tuple[float, ...], partial: tuple[float, ...], gone: list[float]) -> None:
    assert deleted(ages(*full, partial=partial), Retention(policy=parse_policy(policy))) == gone


def test_the_smart_policy_over_two_years_of_daily_backups() -> None:
    versions = ages(*(day + 0.25 for day in range(730)))
    retention = Retention(policy=parse_policy("1W:1D,4W:1W,12M:1M"))
    gone = {version.stamp for version in versions_to_delete(versions, retention, NOW)}
    kept = [int((NOW - version.stamp) // DAY) for version in versions if version.stamp not in gone]
    assert kept == [*range(7), 13, 20, 27, *range(29, 360, 30)]


@pytest.mark.parametrize(
    ("policy", "full", "allowed", "gone"),
    [
        ("7D:1D", (8, 9), False, [9]),
        ("7D:1D", (8, 9), True, [8, 9]),
        ("7D:1D", (6, 9), True, [9]),
        ("7D:1D,U:1M", (8, 9), True, []),
        ("7D:1D", (), True, []),
    ],
)
def test_only_full_removal_takes_the_last_one(
    policy: str, full: tuple[float, ...], allowed: bool, gone: list[float]
) -> None:
    retention = Retention(policy=parse_policy(policy), allow_full_removal=allowed)
    assert deleted(ages(*full), retention) == gone


def test_without_a_rule_nothing_goes() -> None:
    assert deleted(ages(1, 1000), Retention()) == []


stamps = st.integers(int(NOW) - 1000 * DAY, int(NOW))
versions_of_all_kinds = st.lists(
    st.builds(Version, stamps, st.booleans()), max_size=40, unique_by=lambda version: version.stamp
)
spans = st.integers(2, 900).map(lambda days: timedelta(days=days))
rules = st.builds(
    lambda frame, part: RetentionRule(frame, part and (frame or timedelta(days=900)) / part),
    st.none() | spans,
    st.none() | st.integers(2, 50),
)
retentions = st.one_of(
    st.builds(Retention, keep_versions=st.integers(1, 20)),
    st.builds(Retention, keep_since=st.floats(NOW - 1000 * DAY, NOW)),
    st.builds(Retention, policy=st.lists(rules, min_size=1, max_size=4).map(tuple)),
)


@given(versions_of_all_kinds, retentions)
def test_the_newest_stays_and_a_second_look_finds_nothing(
    versions: list[Version], retention: Retention
) -> None:
    gone = versions_to_delete(versions, retention, NOW)
    left = [version for version in versions if version not in gone]

    assert len(left) + len(gone) == len(versions)
    assert [version.stamp for version in gone] == sorted((v.stamp for v in gone), reverse=True)
    if versions:
        newest = max(versions, key=lambda version: version.stamp)
        assert newest in left
    assert versions_to_delete(left, retention, NOW) == []


@given(versions_of_all_kinds, retentions)
def test_the_order_given_does_not_matter(versions: list[Version], retention: Retention) -> None:
    assert versions_to_delete(versions, retention, NOW) == versions_to_delete(versions[::-1], retention, NOW)


@given(versions_of_all_kinds, st.integers(1, 20))
def test_as_many_full_versions_stay_as_were_asked_for(versions: list[Version], count: int) -> None:
    gone = versions_to_delete(versions, Retention(keep_versions=count), NOW)
    full = [version for version in versions if version.full]
    if len(versions) > count:
        assert sum(version.full for version in gone) == max(0, len(full) - count)
    else:
        assert gone == []


@given(versions_of_all_kinds, st.floats(NOW - 1000 * DAY, NOW))
def test_keep_time_takes_nothing_newer_than_its_limit_nor_the_last_full_one(
    versions: list[Version], limit: float
) -> None:
    gone = versions_to_delete(versions, Retention(keep_since=limit), NOW)
    assert all(version.stamp < limit for version in gone)
    if any(version.full for version in versions):
        assert any(version.full for version in versions if version not in gone)


@given(versions_of_all_kinds, st.lists(rules, min_size=1, max_size=4).map(tuple))
def test_full_versions_left_in_one_frame_keep_their_distance(
    versions: list[Version], policy: tuple[RetentionRule, ...]
) -> None:
    retention = Retention(policy=policy[:1])
    gone = versions_to_delete(versions, retention, NOW)
    interval = policy[0].interval
    left = sorted(version.stamp for version in versions if version.full and version not in gone)
    newest = max((version.stamp for version in versions), default=0)
    inside = [stamp for stamp in left if stamp != newest]
    if interval is not None:
        assert all(b - a >= interval.total_seconds() for a, b in itertools.pairwise(inside))
