"""Filters tried on paths agree with what a walk does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triplicati.formats.kinds import FOLDER
from triplicati.runner.filter_verdicts import verdicts
from triplicati.source.filters import FilterRule, compile_filter
from triplicati.source.rules import WalkRules
from triplicati.source.walk import walk

_NAMES = ("a", "b", "a/x.txt", "a/y.tmp", "b/x.txt", "b/c/y.tmp", "z.tmp")
_FILTERS = st.lists(
    st.sampled_from(["-*.tmp", "+*.tmp", "-*/a/", "+*/x.txt", "-*/c/", "+*/", "-[.*y.*]", "-*/z.tmp"]),
    max_size=4,
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tree")
    for name in _NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if "." in name:
            path.write_text("")
        else:
            path.mkdir(exist_ok=True)
    return str(folder)


@given(filters=_FILTERS)
@settings(deadline=None, max_examples=60)
def test_files_are_taken_as_in_a_walk(root: str, filters: list[str]) -> None:
    rules = compile_filter([FilterRule(each[0] == "+", each[1:]) for each in filters], case_sensitive=True)
    walked = {each[0] for each in walk((root,), WalkRules(filter=rules), _complain) if each[2] != FOLDER}
    files = [f"{root}/{name}" for name in _NAMES if "." in name]
    found = verdicts(files, [root], filters, case_sensitive=True)
    assert {each.path for each in found if each.included} == walked


def test_the_innermost_source_counts() -> None:
    found = verdicts(["/s/out/deep/f"], ["/s", "/s/out"], ["-/s/out/"], case_sensitive=True)
    assert [each.included for each in found] == [True]


def test_case_counts_only_where_it_does() -> None:
    assert verdicts(["/S/A.TMP"], ["/s"], ["-*.tmp"], case_sensitive=True) == []
    (found,) = verdicts(["/S/A.TMP"], ["/s"], ["-*.tmp"], case_sensitive=False)
    assert not found.included


def _complain(identity: str, text: str, path: str) -> None:
    raise AssertionError(text)

