"""Booleans, version lists and retention policies."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue, RetentionPolicyInvalidValue
from triplicati.values.booleans import is_boolean, parse_boolean
from triplicati.values.retention import RetentionRule, parse_policy
from triplicati.values.versions import parse_versions


@pytest.mark.parametrize("text", ["0", "off", "False", " no ", "OFF"])
def test_switched_off(text: str) -> None:
    assert not parse_boolean(text)
    assert is_boolean(text)


@pytest.mark.parametrize(
    ("text", "known"), [(None, True), ("", True), ("1", True), ("Yes", True), ("maybe", False)]
)
def test_everything_else_is_on(text: str | None, known: bool) -> None:
    assert parse_boolean(text)
    assert is_boolean(text) is known


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("0", (0,)),
        ("0,2-4,7", (0, 2, 3, 4, 7)),
        ("4-2", (4, 3, 2)),
        ("1, 1-2 ,,2", (1, 2)),
        ("3 - 5", (3, 4, 5)),
        ("7,0,7-5,6", (7, 0, 6, 5)),
        ("", ()),
    ],
)
def test_version_lists(text: str, versions: tuple[int, ...]) -> None:
    assert parse_versions(text) == versions


@pytest.mark.parametrize("text", ["-1", "a", "1-", "1-2-3", "1.5", "0-999999999", "1 2"])
def test_not_a_version_list(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_versions(text)


@given(st.lists(st.integers(0, 10**6)))
def test_single_versions_keep_their_order(numbers: list[int]) -> None:
    assert parse_versions(",".join(map(str, numbers))) == tuple(dict.fromkeys(numbers))


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("1W:1D,4W:1W,12M:1M", [(7 * DAY, DAY), (28 * DAY, 7 * DAY), (360 * DAY, 30 * DAY)]),
        ("U:1M,1D:0s", [(DAY, None), (None, 30 * DAY)]),
        ("u:U", [(None, None)]),
        ("1D:U", [(DAY, None)]),
        ("12M:1M,1W:1D", [(7 * DAY, DAY), (360 * DAY, 30 * DAY)]),
        (" 7D : 1h , ", [(7 * DAY, timedelta(hours=1))]),
        ("3600:60", [(timedelta(hours=1), timedelta(minutes=1))]),
        ("", []),
    ],
)
def test_policies(text: str, rules: list[tuple[timedelta | None, timedelta | None]]) -> None:
    assert parse_policy(text) == tuple(RetentionRule(frame, interval) for frame, interval in rules)


@pytest.mark.parametrize(
    "text", ["1W", "1W:1D:1h", "1W:", ":1D", "1x:1D", "1D:1D", "1D:2D", "0s:0s", "1D:-1s", "-1D:U"]
)
def test_not_a_policy(text: str) -> None:
    with pytest.raises(RetentionPolicyInvalidValue) as caught:
        parse_policy(f"4W:1W,{text}")
    assert text in str(caught.value)
