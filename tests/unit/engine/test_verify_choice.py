"""Which volumes a test takes."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from triplicati.engine.verify_choice import KINDS, choose, samples_after
from triplicati.formats.names import VolumeKind
from triplicati.index.volumes import VolumeRow


def volume(identity: int, kind: VolumeKind = "dblock", *, known: bool = True) -> VolumeRow:
    return VolumeRow(identity, f"{kind}{identity}", kind, "Verified", 10, b"hash" if known else None)


def ids(volumes: list[VolumeRow]) -> list[int]:
    return [each.id for each in volumes]


@pytest.mark.parametrize("seed", range(20))
def test_never_tested_ones_first_then_those_tested_longest_ago(seed: int) -> None:
    volumes = [volume(number) for number in range(1, 9)]
    checked = {1: 300, 2: 100, 3: 200, 4: 100}
    found = ids(choose(volumes, checked, None, None, Random(seed)))
    assert set(found[:4]) == {5, 6, 7, 8}
    assert set(found[4:6]) == {2, 4}
    assert found[6:] == [3, 1]


def test_equals_are_taken_at_random() -> None:
    volumes = [volume(number) for number in range(1, 9)]
    assert {choose(volumes, {}, 1, None, Random(seed))[0].id for seed in range(100)} == set(range(1, 9))


def test_as_many_of_each_kind() -> None:
    volumes = [volume(number, KINDS[number % 3]) for number in range(30)]
    found = choose(volumes, {}, 4, None, Random(1))
    assert [each.kind for each in found] == ["dlist"] * 4 + ["dindex"] * 4 + ["dblock"] * 4
    for samples in (10, 99, None):
        assert len(choose(volumes, {}, samples, None, Random(1))) == 30


def test_what_nothing_is_known_of_always() -> None:
    volumes = [volume(1), volume(2, known=False), volume(3), volume(4, known=False)]
    found = ids(choose(volumes, {2: 900}, 1, None, Random(1)))
    assert found[:2] == [2, 4]
    assert len(found) == 3
    assert ids(choose(volumes, {}, 0, None, Random(1))) == [2, 4]


def test_the_lists_of_chosen_versions_and_no_others() -> None:
    volumes = [volume(number, "dlist", known=number > 1) for number in range(1, 6)]
    assert ids(choose(volumes, {}, 1, {3, 5}, Random(1))) == [3, 5]
    assert ids(choose([*volumes, volume(9)], {}, 1, {4}, Random(1))) == [4, 9]


@pytest.mark.parametrize(
    ("counts", "samples", "percentage", "expected"),
    [
        ({}, 1, "0.1", 1),
        ({"dblock": 499}, 0, "0.1", 0),
        ({"dblock": 500}, 0, "0.1", 1),  # half goes up
        ({"dblock": 1499, "dlist": 20}, 1, "0.1", 1),
        ({"dblock": 1500, "dlist": 20}, 1, "0.1", 2),
        ({"dindex": 3, "dlist": 40}, 1, "50", 20),
        ({"dblock": 5}, 9, "100", 9),
        ({"dblock": 7}, 0, "100", 7),
        ({"dblock": 7}, 0, "0", 0),
    ],
)
def test_how_many_a_backup_tests(
    counts: dict[VolumeKind, int], samples: int, percentage: str, expected: int
) -> None:
    volumes = [volume(number, kind) for kind, count in counts.items() for number in range(count)]
    assert samples_after(volumes, samples, Decimal(percentage)) == expected
