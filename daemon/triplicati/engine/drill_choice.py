"""Which versions and files are restored for trial: those that never were, or longest ago. Pure functions."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from triplicati.index.drills import Drill, FileChoice, FileKey
from triplicati.index.filesets import Fileset

# So many times as many files as are wanted are looked at, for some are too large beside the others.
_SPARE = 4


def choose_versions(
    versions: Sequence[Fileset], drills: Mapping[int, Drill], count: int, random: Random
) -> list[Fileset]:
    """`count` at most; `drills` by the ids of the versions, and `random` decides between equals."""
    shuffled = list(versions)
    random.shuffle(shuffled)
    shuffled.sort(key=lambda each: drills[each.id].time if each.id in drills else -1)
    return shuffled[:count]


def choose_files(
    files: Iterable[FileChoice], drilled: Mapping[FileKey, int], count: int, size: int, random: Random
) -> list[FileChoice]:
    """`count` files with `size` bytes together at most; `drilled` gives times, and `random` decides between
    equals. Takes one look at each file and keeps few of them."""
    best = heapq.nsmallest(
        count * _SPARE, files, key=lambda each: (drilled.get(each.key, -1), random.random())
    )
    chosen: list[FileChoice] = []
    left = size
    for each in best:
        if each.size <= left and len(chosen) < count:
            chosen.append(each)
            left -= each.size
    return chosen
