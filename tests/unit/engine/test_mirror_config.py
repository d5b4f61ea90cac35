"""Further destinations as they are written down, and what is to be done to one of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine.mirror_plan import plan_mirror
from triplicati.engine.remote import RetryRule
from triplicati.errors import MirrorConfigUnusable
from triplicati.operations.mirror_config import MirrorTarget, parse_mirrors


def only(**fields: object) -> MirrorTarget:
    (found,) = parse_mirrors(json.dumps({"destinations": [{"url": "file:///copy", **fields}]})).targets
    return found


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({}, "inline"),
        ({"interval": "1D"}, "interval"),
        ({"count": 3}, "counting"),
        ({"interval": "1D", "count": "3"}, "interval"),
        ({"mode": "Counting", "interval": "1D", "count": 3}, "counting"),
        ({"mode": "whenever", "interval": "1D"}, "inline"),
    ],
)
def test_the_mode_follows_from_what_is_given(fields: dict[str, object], mode: str) -> None:
    assert only(**fields).mode == mode


def test_names_in_any_case_and_values_as_text() -> None:
    found = only(
        **{
            "Dst-Options": ["--auth-username=me", "use-ssl", "auth-password=a=b"],
            "global-options": ["auth-username=other"],
            "RETENTION": "true",
            "verify-contents": "false",
            "backend-retries": "7",
            "backend-retry-delay": 500,
            "backend-retry-with-exponential-backoff": False,
        }
    )
    assert found.options == {"auth-username": "me", "use-ssl": None, "auth-password": "a=b"}
    assert found.retry == RetryRule(7, 0.5, False)
    assert found.settings.keeps_old
    assert not found.settings.checks_all
    assert "a=b" not in repr(found)


def test_warnings_are_no_reason_to_leave_it_out_unless_said() -> None:
    assert parse_mirrors('{"destinations": []}').on_warnings
    assert not parse_mirrors('{"Sync-On-Warnings": "false"}').on_warnings


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '"x"', '{"destinations": 3}', '{"destinations": [3]}', '{"destinations": [{}]}',
        '{"destinations": [{"url": "file:///c", "interval": "often"}]}',
        '{"destinations": [{"url": "file:///c", "retry": "some"}]}',
    ],
)  # fmt: skip
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(MirrorConfigUnusable):
        parse_mirrors(text)


NAMES = st.sampled_from(
    [f"duplicati-{kind[0]}{n:032x}.{rest}.zip" for n in range(3) for kind, rest in
     (("b", "dblock"), ("i", "dindex"))]
    + [f"duplicati-2026010{n}T000000Z.dlist.zip" for n in (1, 2, 3)]
)  # fmt: skip
SIZES = st.dictionaries(NAMES, st.integers(-1, 2))


@given(SIZES, SIZES, st.booleans())
def test_the_plan_makes_both_sides_the_same(
    source: dict[str, int], target: dict[str, int], force: bool
) -> None:
    plan = plan_mirror(source, target, force=force)
    after = dict(target) | {name: source[name] for name in plan.copy}
    for name in plan.remove:
        del after[name]
    assert after.keys() == source.keys()
    assert not (set(plan.copy) | set(plan.same)) & set(plan.remove)
    assert set(plan.copy) | set(plan.same) == source.keys()
    assert all(-1 in (source[name], target[name]) or source[name] == target[name] for name in plan.same)


@given(SIZES, SIZES)
def test_lists_are_copied_last_and_removed_first(source: dict[str, int], target: dict[str, int]) -> None:
    plan = plan_mirror(source, target)
    kinds = [name.split(".")[1] for name in plan.copy]
    assert kinds == sorted(kinds, key=["dblock", "dindex", "dlist"].index)
    kinds = [name.split(".")[1] for name in plan.remove]
    assert kinds == sorted(kinds, key=["dlist", "dindex", "dblock"].index)
