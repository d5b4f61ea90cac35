"""Names of remote volumes (spec/format.md 1.1, 1.2)."""

from __future__ import annotations

import re
import secrets
from typing import Literal, cast

import msgspec

from triplicati.errors import InvalidValue
from triplicati.values.stamps import format_stamp, parse_stamp

VolumeKind = Literal["dlist", "dblock", "dindex"]

_PATTERN = re.compile(
    r"(?P<prefix>[^-]+)-(?:[ibIB|](?P<guid>[0-9A-Fa-f]+)|(?P<stamp>[0-9]{8}T[0-9]{6}Z))."
    r"(?P<kind>dblock|dlist|dindex)\.(?P<compression>[^.]+)(?:\.(?P<encryption>.+))?",
    re.DOTALL,
)


class VolumeName(msgspec.Struct, frozen=True):
    """A remote name taken apart. `stamp` is in Unix seconds, for a dlist; `encryption` is "" for none."""

    name: str
    prefix: str
    kind: VolumeKind
    compression: str
    encryption: str = ""
    guid: str = ""
    stamp: int | None = None


def parse_name(name: str) -> VolumeName | None:
    """None for a name that is no volume. A stamp that is no date is none, where Duplicati would stop."""
    match = _PATTERN.fullmatch(name)
    if match is None:
        return None
    part = match.groupdict()
    stamp = None
    if part["stamp"]:
        try:
            stamp = parse_stamp(part["stamp"])
        except InvalidValue:
            return None
    if (part["kind"] == "dlist") != (stamp is not None):
        return None
    return VolumeName(
        name=name,
        prefix=part["prefix"],
        kind=cast("VolumeKind", part["kind"]),
        compression=part["compression"],
        encryption=part["encryption"] or "",
        guid=part["guid"] or "",
        stamp=stamp,
    )


def dlist_name(prefix: str, stamp: int, encryption: str) -> str:
    return _with_encryption(f"{prefix}-{format_stamp(stamp)}.dlist.zip", encryption)


def new_dblock_name(prefix: str, encryption: str) -> str:
    return _with_encryption(f"{prefix}-b{secrets.token_hex(16)}.dblock.zip", encryption)


def new_dindex_name(prefix: str, encryption: str) -> str:
    return _with_encryption(f"{prefix}-i{secrets.token_hex(16)}.dindex.zip", encryption)


def _with_encryption(name: str, encryption: str) -> str:
    return f"{name}.{encryption}" if encryption else name
