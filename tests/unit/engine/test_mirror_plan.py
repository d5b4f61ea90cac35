"""A mirror that ends anywhere: whatever list is there, its volumes are there too."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine.mirror_plan import in_stages, is_plain, is_set_aside, plan_mirror, set_aside_name
from triplicati.formats.names import parse_name

_DATA = [f"p-b{number:02}.dblock.zip" for number in range(6)]


class State(msgspec.Struct, frozen=True):
    """A destination: which data each of its lists needs."""

    needs: dict[str, frozenset[str]]

    @property
    def sizes(self) -> dict[str, int]:
        data = frozenset[str]().union(*self.needs.values())
        indexes = (name.replace("-b", "-i").replace("dblock", "dindex") for name in data)
        return dict.fromkeys([*data, *indexes, *self.needs], 1)


# A list never changes, so one of a name has the same needs on both sides.
_LISTS = {
    f"p-2026010{day}T000000Z.dlist.zip": frozenset(_DATA[start : start + 3])
    for day, start in enumerate((0, 1, 2, 3), 1)
}
STATES = st.sets(st.sampled_from(sorted(_LISTS))).map(
    lambda names: State({name: _LISTS[name] for name in names})
)


@given(source=STATES, target=STATES, data=st.data())
def test_every_list_has_its_data_wherever_it_ends(source: State, target: State, data: st.DataObject) -> None:
    plan = plan_mirror(source.sizes, target.sizes)
    there = dict(target.sizes)
    stages = [*in_stages(plan.copy), *in_stages(plan.remove)]
    ends = data.draw(st.integers(0, len(stages)))
    for number, stage in enumerate(stages[: ends + 1]):
        done = stage if number < ends else data.draw(st.lists(st.sampled_from(stage), unique=True))
        for name in done:
            if name in plan.copy:
                there[name] = 1
            else:
                del there[name]
        assert_whole(there)
    again = plan_mirror(source.sizes, there)
    assert set(again.copy) | set(again.remove) <= set(plan.copy) | set(plan.remove)


def assert_whole(there: Mapping[str, int]) -> None:
    for name in there:
        assert _LISTS.get(name, frozenset()) <= there.keys()


@pytest.mark.parametrize(
    "name", ["../p-b01.dblock.zip", "p-b01.dblock.zip.aes/../../x", "a\\b", "a\0b", "/etc/x"]
)
def test_names_that_lead_out_of_a_folder(name: str) -> None:
    assert not is_plain(name)
    assert is_plain(name.translate(dict.fromkeys(map(ord, "/\\\0"), "_")))


@given(stamp=st.integers(0, 4_000_000_000), name=st.sampled_from(_DATA))
def test_what_was_set_aside_is_known_again(stamp: int, name: str) -> None:
    """It has the form of a volume with an odd prefix."""
    aside = set_aside_name(name, stamp)
    assert is_set_aside(aside)
    assert not is_set_aside(name)
    parsed = parse_name(aside)
    assert parsed is not None
    assert parsed.prefix.endswith(".old.p")
