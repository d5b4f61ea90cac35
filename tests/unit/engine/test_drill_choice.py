"""Which versions and files are restored for trial."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine.drill_choice import choose_files, choose_versions
from triplicati.index.drills import Drill, FileChoice
from triplicati.index.filesets import Fileset

SEEDS = st.integers(0, 2**32)
SIZES = st.lists(st.integers(1, 100), max_size=40)


def version(identity: int) -> Fileset:
    return Fileset(identity, 1000 + identity, identity, True, True, 1, 1)


def drill(identity: int, time: int) -> Drill:
    return Drill(identity, time, "good", 1, 1, 0)


def files_of(sizes: list[int]) -> list[FileChoice]:
    return [FileChoice(f"/{number}", 1, size, 0, None) for number, size in enumerate(sizes)]


@given(SEEDS)
def test_versions_never_drilled_come_first_then_the_oldest(seed: int) -> None:
    versions = [version(number) for number in range(1, 7)]
    drills = {1: drill(1, 300), 2: drill(2, 100), 5: drill(5, 200)}
    found = [each.id for each in choose_versions(versions, drills, 9, Random(seed))]
    assert set(found[:3]) == {3, 4, 6}
    assert found[3:] == [2, 5, 1]
    assert [each.id for each in choose_versions(versions, drills, 2, Random(seed))] == found[:2]


def test_equals_are_taken_at_random() -> None:
    files, versions = files_of([5] * 8), [version(number) for number in range(8)]
    assert {choose_files(files, {}, 1, 10, Random(seed))[0].path for seed in range(100)} == {
        each.path for each in files
    }
    assert {choose_versions(versions, {}, 1, Random(seed))[0].id for seed in range(100)} == set(range(8))


@given(SIZES, st.integers(1, 20), st.integers(1, 200), SEEDS)
def test_within_the_limits(sizes: list[int], count: int, limit: int, seed: int) -> None:
    files = [each for each in files_of(sizes) if each.size <= limit]
    found = choose_files(files, {}, count, limit, Random(seed))
    assert len({each.path for each in found}) == len(found) <= count
    assert sum(each.size for each in found) <= limit
    assert bool(found) is bool(files)
    assert found == choose_files(files, {}, count, limit, Random(seed))


@given(SIZES, st.sets(st.integers(0, 39)), SEEDS)
def test_files_never_drilled_come_first(sizes: list[int], drilled: set[int], seed: int) -> None:
    files = files_of(sizes)
    times = {(f"/{number}", 1): 1000 - number for number in drilled}
    found = choose_files(files, times, len(files) or 1, 10**6, Random(seed))
    marks = [times.get(each.key, -1) for each in found]
    assert marks == sorted(marks)
    assert len(found) == len(files)


@given(st.integers(1, 10), SEEDS)
def test_a_file_that_changed_is_another_one(count: int, seed: int) -> None:
    files = [FileChoice("/a", 2, 5, 0, None), *files_of([5] * 30)]
    times = {(f"/{number}", 1): 7 for number in range(30)} | {("/a", 1): 7}
    assert choose_files(files, times, count, 10**6, Random(seed))[0].key == ("/a", 2)
