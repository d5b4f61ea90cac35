"""The order in which lists get another encryption, and their times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine.reencrypt_plan import NewEncryption, batches, list_steps
from triplicati.formats.names import dlist_name, parse_name
from triplicati.index.volumes import VolumeRow

FIRST = 1_700_000_000


def at(name: str) -> int:
    parsed = parse_name(name)
    assert parsed is not None
    return parsed.stamp or 0


@given(
    st.sets(st.integers(0, 40), min_size=1, max_size=12), st.sampled_from(["", "aes"]), st.integers(0, 12)
)
def test_versions_keep_their_order_all_the_time(stamps: set[int], new: str, stops_after: int) -> None:
    """Whatever was done when it ends early: names are never used for two contents, the newest list is that
    of the newest version, and the next run comes to the end."""
    there = {
        dlist_name("x", FIRST + each, "aes"): number for number, each in enumerate(sorted(stamps))
    }
    done: set[int] = set()
    for limit in (stops_after, len(stamps)):
        there = carried_out(there, done, new, limit)
    assert done == set(there.values())
    assert [there[name] for name in sorted(there, key=at)] == list(range(len(stamps)))
    if not new:
        assert {at(name) - FIRST for name in there} == stamps


def carried_out(there: dict[str, int], done: set[int], new: str, limit: int) -> dict[str, int]:
    newest = max(there.values())
    rows = {
        number: VolumeRow(number, name, "dlist", "Verified", 1, None) for name, number in there.items()
    }
    names = {number: parse_name(row.name) for number, row in rows.items()}
    steps = list_steps(rows, names, done, NewEncryption(new))  # type: ignore[arg-type]  # all are names
    there = dict(there)
    for batch in batches(steps)[:limit]:
        for step in batch:
            name = dlist_name("x", step.stamp, new)
            assert name not in there
            there[name] = step.row.id
            assert there[max(there, key=at)] == newest
        for step in batch:
            del there[step.row.name]
            done.add(step.row.id)
        assert [there[name] for name in sorted(there, key=at)] == sorted(there.values())
    return there
