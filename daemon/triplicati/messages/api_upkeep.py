"""What the API takes and gives of upkeep."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class PurgeInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`paths` as the command purge takes them: whole paths, or names with wildcards; `versions` by number,
    all for none."""

    paths: Annotated[list[Annotated[str, msgspec.Meta(min_length=1)]], msgspec.Meta(min_length=1)]
    versions: list[_Number] = msgspec.field(default_factory=list)


class PurgeVersion(msgspec.Struct, frozen=True, rename="pascal"):
    """`time` in Unix seconds; `count` entries, of which `paths` are the first."""

    version: int
    time: int
    count: int
    paths: list[str]


class PurgePreview(msgspec.Struct, frozen=True, rename="pascal"):
    """Entries and bytes of all versions together."""

    count: int
    size: int
    versions: list[PurgeVersion]
