"""Which volumes a test takes (spec/format.md 12.7): those nobody looked at for longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from triplicati.formats.names import VolumeKind
from triplicati.index.volumes import VolumeRow

KINDS: tuple[VolumeKind, ...] = ("dlist", "dindex", "dblock")


def samples_after(volumes: Sequence[VolumeRow], samples: int, percentage: Decimal) -> int:
    """How many of each kind a backup tests afterwards: `samples`, or the percentage of the kind of which
    there are most, rounded half away from zero, if that is more (spec/format.md 12.7)."""
    most = max(Counter(row.kind for row in volumes).values(), default=0)
    share = most * percentage / 100
    return max(samples, int(share.to_integral_value(ROUND_HALF_UP)))


def choose(
    volumes: Sequence[VolumeRow],
    checked: Mapping[int, int],
    samples: int | None,
    dlists: Collection[int] | None,
    random: Random,
) -> list[VolumeRow]:
    """`samples` of each kind, all for None, and every volume whose hash or size is not known.

    Never tested ones come first, then those tested longest ago; `checked` gives times by id, and `random`
    decides between equals. `dlists` are the only lists to take, and all of them; None for no such choice.
    """
    found: list[VolumeRow] = []
    for kind in KINDS:
        mine = [row for row in volumes if row.kind == kind]
        if kind == "dlist" and dlists is not None:
            found += [row for row in mine if row.id in dlists]
            continue
        unknown = [row for row in mine if row.hash is None or row.size < 0]
        known = [row for row in mine if row.hash is not None and row.size >= 0]
        random.shuffle(known)
        known.sort(key=lambda row: checked.get(row.id, -1))
        found += unknown + (known if samples is None else known[:samples])
    return found
