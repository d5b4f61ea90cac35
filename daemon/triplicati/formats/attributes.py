"""File attributes as .NET names them, and how they follow from what Unix knows (spec/format.md 6.2)."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

ATTRIBUTE_BITS = {
    "ReadOnly": 1,
    "Hidden": 2,
    "System": 4,
    "Directory": 16,
    "Archive": 32,
    "Device": 64,
    "Normal": 128,
    "Temporary": 256,
    "SparseFile": 512,
    "ReparsePoint": 1024,
    "Compressed": 2048,
    "Offline": 4096,
    "NotContentIndexed": 8192,
    "Encrypted": 16384,
    "IntegrityStream": 32768,
    "NoScrubData": 131072,
}
_LONGEST = len(", ".join(ATTRIBUTE_BITS))
_KNOWN_BITS = sum(ATTRIBUTE_BITS.values())

# What Windows lets a program set; the other attributes follow from what the file is.
_SETTABLE = ("ReadOnly", "Hidden", "System", "Archive", "Temporary", "Offline", "NotContentIndexed")


class Caller(msgspec.Struct, frozen=True):
    """Who reads the source: on Unix the attribute ReadOnly depends on it.

    ``rule`` is "net" for the form that .NET 6 and later derive (the one we write) and "mono" for Duplicati
    2.0.8.1.
    """

    euid: int
    egid: int
    groups: frozenset[int]
    rule: Literal["net", "mono"]


def attribute_text(bits: int) -> str:
    """Returns the value of CoreAttributes: names in ascending order of their bits, or one decimal number when
    an unknown bit is set. Without any bit it is "Normal"."""
    if bits & ~_KNOWN_BITS:
        return str(bits)
    return ", ".join(name for name, bit in ATTRIBUTE_BITS.items() if bits & bit) or "Normal"


def is_read_only(mode: int, uid: int, gid: int, caller: Caller) -> bool:
    """Whether the runtime of Duplicati shows a file or folder as ReadOnly to ``caller`` (spec/format.md 6.2).

    A class of users is read-only when it may read and not write; the two rules differ in the class they ask.
    """
    owner, group, other = (mode >> shift & 0o6 == 0o4 for shift in (6, 3, 0))
    if caller.rule == "net":
        if owner == group == other or uid == caller.euid or group == owner:
            return owner
        return group if gid == caller.egid or gid in caller.groups else other
    if uid == caller.euid:
        return owner
    return group if gid == caller.egid else other


def unix_attribute_bits(*, read_only: bool, hidden: bool, folder: bool, link: bool) -> int:
    """Returns the attributes .NET derives of a path on Unix, 0 for what it calls Normal.

    A link is never read-only, and a folder when it leads to one.
    """
    return (
        (ATTRIBUTE_BITS["ReadOnly"] if read_only and not link else 0)
        | (ATTRIBUTE_BITS["Hidden"] if hidden else 0)
        | (ATTRIBUTE_BITS["Directory"] if folder else 0)
        | (ATTRIBUTE_BITS["ReparsePoint"] if link else 0)
    )


def listed_attribute_bits(text: str) -> int:
    """Returns the bits of a list of names, in any case, with commas between them; other names count for
    nothing."""
    wanted = {name.strip().lower() for name in text.split(",")}
    return sum(bit for name, bit in ATTRIBUTE_BITS.items() if name.lower() in wanted)


@lru_cache(maxsize=1024)
def parse_attributes(value: str) -> frozenset[str]:
    """Returns the names in a value of CoreAttributes: a list of names or one decimal number.

    Nothing for a value longer than all names together.
    """
    if len(value) > _LONGEST:
        return frozenset()
    if value.isdecimal():
        bits = int(value)
        return frozenset(name for name, bit in ATTRIBUTE_BITS.items() if bits & bit)
    return frozenset(name for part in value.split(",") if (name := part.strip()))


def settable_bits(attributes: frozenset[str]) -> int:
    """Returns the FILE_ATTRIBUTE bits to set on Windows for these names; Normal stands for none."""
    bits = sum(ATTRIBUTE_BITS[name] for name in _SETTABLE if name in attributes)
    return bits or ATTRIBUTE_BITS["Normal"]
