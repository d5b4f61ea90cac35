"""Which volumes are worth packing anew (spec/format.md 12.6). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from triplicati.index.usage import VolumeUse


class CompactRules(msgspec.Struct, frozen=True):
    """`threshold` in percent; sizes in bytes. `small_size` None for a fifth of a volume."""

    threshold: int = 25
    volume_size: int = 50 << 20
    small_size: int | None = None
    small_count: int = 20

    @property
    def small(self) -> int:
        return self.volume_size // 5 if self.small_size is None else self.small_size


class CompactPlan(msgspec.Struct, frozen=True):
    """`unused` volumes can go as they are; `rewritten` ones when the blocks in use of them lie elsewhere.
    `reason` says why, or why nothing is to be done."""

    unused: tuple[VolumeUse, ...]
    rewritten: tuple[VolumeUse, ...]
    reason: str


def compact_plan(volumes: Sequence[VolumeUse], rules: CompactRules) -> CompactPlan:
    unused = tuple(each for each in volumes if each.active <= 0)
    rest = [each for each in volumes if each.active > 0]
    wasteful = [each for each in rest if _is_wasteful(each, rules)]
    small = [each for each in rest if each.size <= rules.small]
    waste, data = sum(each.waste for each in wasteful), sum(each.data for each in volumes)
    share = 100 * waste / data if data else 0.0
    reasons = []
    if share >= rules.threshold and len(wasteful) >= 2:
        reasons.append(f"{share:.0f} percent are waste, in {len(wasteful)} volumes")
    if sum(each.size for each in small) > rules.volume_size and len(small) >= 2:
        reasons.append(f"{len(small)} small volumes would fill a large one")
    elif len(small) > rules.small_count:
        reasons.append(f"there are {len(small)} small volumes")
    if not reasons:
        text = f"{len(unused)} volume(s) hold nothing that is needed" if unused else "nothing is worth it"
        return CompactPlan(unused, (), text)
    chosen = {each.id for each in (*wasteful, *small)}
    return CompactPlan(unused, tuple(each for each in rest if each.id in chosen), " and ".join(reasons))


class CompactOrder(msgspec.Struct, frozen=True):
    """A plan in two halves: volumes that hold second copies of what is packed anew come last."""

    unused: list[VolumeUse]
    rewritten: list[VolumeUse]
    unused_copies: list[VolumeUse]
    rewritten_copies: list[VolumeUse]


def copies_last(plan: CompactPlan, copies: Mapping[int, Set[int]]) -> CompactOrder:
    """Until the first copy was read and found whole, the second may be all there is. `copies` as
    `Usage.second_copies` gives them."""
    firsts = {each.id for each in plan.rewritten}

    def split(volumes: Sequence[VolumeUse]) -> tuple[list[VolumeUse], list[VolumeUse]]:
        first: list[VolumeUse] = []
        second: list[VolumeUse] = []
        for each in volumes:
            (first if firsts.isdisjoint(copies.get(each.id, ())) else second).append(each)
        return first, second

    (unused, unused_copies), (rewritten, rewritten_copies) = split(plan.unused), split(plan.rewritten)
    return CompactOrder(unused, rewritten, unused_copies, rewritten_copies)


def worth_a_look(sizes: Sequence[int], rules: CompactRules, *, deleted: bool) -> bool:
    """Whether `compact_plan` could find something, told without what is in the volumes: after versions were
    deleted, or when the sizes at the destination say so by themselves."""
    small = [size for size in sizes if size <= rules.small]
    return deleted or len(small) > rules.small_count or sum(small) > rules.volume_size


def groups(volumes: Sequence[VolumeUse], volume_size: int) -> list[list[VolumeUse]]:
    """Volumes that become about one together, by the size that what is in use of each will have."""
    found: list[list[VolumeUse]] = []
    filled = 0
    for each in sorted(volumes, key=lambda each: (each.active / max(each.data, 1), each.id)):
        size = each.size * each.active // max(each.data, 1)
        if found and filled + size <= volume_size:
            found[-1].append(each)
            filled += size
        else:
            found.append([each])
            filled = size
    return found


def _is_wasteful(volume: VolumeUse, rules: CompactRules) -> bool:
    limit = rules.threshold / 100
    return volume.waste >= limit * volume.data or volume.waste >= limit * rules.volume_size
