"""What makes one destination hold the volumes that another one holds. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from triplicati.formats.names import VolumeKind, parse_name
from triplicati.values.stamps import format_stamp

_SET_ASIDE = re.compile(r"[0-9]{8}T?[0-9]{6}Z?\.old\.")
_WRITTEN: dict[VolumeKind, int] = {"dblock": 0, "dindex": 1, "dlist": 2}

Sizes = Mapping[str, int]
"""Of volumes by name, in bytes; -1 where the destination does not say"""


class MirrorPlan(msgspec.Struct, frozen=True):
    """Names in the order in which they are dealt with; `same` are on both sides."""

    copy: tuple[str, ...]
    remove: tuple[str, ...]
    same: tuple[str, ...]


def plan_mirror(source: Sizes, target: Sizes, *, force: bool = False) -> MirrorPlan:
    """What makes `target` hold what `source` holds. A volume never changes: the same size is the same
    volume."""
    same = {name for name, size in source.items() if not force and _alike(size, target.get(name))}
    return MirrorPlan(
        copy=tuple(sorted(source.keys() - same, key=_written)),
        remove=tuple(sorted(target.keys() - source.keys(), key=_written, reverse=True)),
        same=tuple(sorted(same, key=_written)),
    )


def _alike(size: int, other: int | None) -> bool:
    return other is not None and (size == other or -1 in (size, other))


def in_stages(names: Sequence[str]) -> Iterator[list[str]]:
    """Names of a plan, those of each kind together."""
    for _, stage in groupby(names, lambda name: _written(name)[0]):
        yield list(stage)


def is_plain(name: str) -> bool:
    """Whether a name means a file of the folder itself, whoever made it up."""
    return not any(mark in name for mark in "/\\\0")


def is_set_aside(name: str) -> bool:
    """Whether a mirror gave it this name instead of deleting it."""
    return _SET_ASIDE.match(name) is not None


def set_aside_name(name: str, stamp: int) -> str:
    """`stamp` in Unix seconds, that of the mirror."""
    return f"{format_stamp(stamp)}.old.{name}"


def _written(name: str) -> tuple[int, str]:
    parsed = parse_name(name)
    return (_WRITTEN[parsed.kind] if parsed else 0), name


def belongs_to_another(source: Collection[str], target: Collection[str]) -> bool:
    """Whether `target` holds volumes and shares none with the backup: it is another one's, and all of it
    would be deleted. Lists do not count, for two of the same second have the same name."""
    common = set(source) & set(target)
    return bool(target) and all(_written(name)[0] == _WRITTEN["dlist"] for name in common)
