"""Which volumes get another encryption, in which order, and which of them together (spec/format.md 2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw
import msgspec

from triplicati.errors import NoFreeSecond
from triplicati.formats.names import VolumeName, parse_name
from triplicati.index.reencrypting import links, reencrypted
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.values.stamps import format_local

# Volumes that have two copies at the destination at once.
_TOGETHER = 8


class NewEncryption(msgspec.Struct, frozen=True):
    """`encryption` is "", "aes" or "gpg"; `passphrase` None for no encryption."""

    encryption: str
    passphrase: str | None = None

    def __repr__(self) -> str:
        return f"NewEncryption({self.encryption})"

    @property
    def name(self) -> str:
        return self.encryption or "none"


class Step(msgspec.Struct, frozen=True):
    """A volume that is to be encrypted anew, unless `only_index`; a list gets the time `stamp`."""

    row: VolumeRow
    only_index: bool = False
    stamp: int = 0


def steps_of(connection: apsw.Connection, new: NewEncryption, *, doubtful: bool) -> list[Step]:
    """What is still to be done, in the order in which it is. Raises `NoFreeSecond`."""
    rows = {row.id: row for row in all_volumes(connection) if row.state in ("Uploaded", "Verified")}
    known = reencrypted(connection)
    names = {each: parsed for each, row in rows.items() if (parsed := parse_name(row.name)) is not None}
    done = {
        each
        for each, name in names.items()
        if name.encryption == new.encryption and (each in known or not doubtful)
    }
    pairs = links(connection)
    stale = {dblock for dindex, dblock in pairs if dindex in rows and dindex not in done}
    linked = {dindex for dindex, _ in pairs}
    steps = [
        Step(row, only_index=each in done)
        for each, row in rows.items()
        if row.kind == "dblock" and (each not in done or each in stale)
    ]
    steps += [
        Step(row)
        for each, row in rows.items()
        if row.kind == "dindex" and each not in linked and each not in done
    ]
    return steps + list_steps(rows, names, done, new)


def list_steps(
    rows: Mapping[int, VolumeRow],
    names: Mapping[int, VolumeName],
    done: set[int],
    new: NewEncryption,
) -> list[Step]:
    """The newest first: a list never gets between or behind others with the time of a newer one. One whose
    name gets another ending keeps its time."""
    lists = sorted((names[each].stamp or 0, each) for each, row in rows.items() if row.kind == "dlist")
    taken = {stamp for stamp, _ in lists}
    steps: list[Step] = []
    last = 0
    for at, (own, each) in enumerate(lists):
        if each in done:
            continue
        stamp = own
        if names[each].encryption == new.encryption or own <= last:
            stamp = max(own, last) + 1
            while stamp in taken:
                stamp += 1
        limit = min((other for other, volume in lists[at + 1 :] if volume in done), default=None)
        if limit is not None and stamp >= limit:
            raise NoFreeSecond(time=format_local(own), number=len(lists) - 1 - at)
        last = stamp
        steps.append(Step(rows[each], stamp=stamp))
    return steps[::-1]


def batches(steps: Sequence[Step]) -> list[list[Step]]:
    """Volumes of one kind that are settled together. Lists whose new time is behind that of the next newer
    one's old time go one by one, for each is to be the newest of those that are left."""
    found: list[list[Step]] = []
    for step in steps:
        last = found[-1] if found else []
        alike = bool(last) and last[0].row.kind == step.row.kind and len(last) < _TOGETHER
        if alike and step.row.kind == "dlist":
            before = parse_name(last[-1].row.name)
            alike = before is not None and step.stamp < (before.stamp or 0)
        if alike:
            last.append(step)
        else:
            found.append([step])
    return found


def size_of(step: Step) -> int:
    """In bytes, 0 for one that is not known."""
    return max(step.row.size, 0)
