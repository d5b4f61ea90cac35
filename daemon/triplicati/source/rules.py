"""What a walk leaves out, and what it tells of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from triplicati.source.filters import Filter

Found = tuple[str, str, int, os.stat_result, bytes | None]
"""stored path, path for the os module, kind, its stat, the raw bytes of its last name where that is
escaped"""

Complain = Callable[[str, str, str], object]
"""id, sentence, stored path"""

Decide = Callable[[str, str], object]
"""id, sentence with the stored path: why a path is taken or left out"""

MarksAsked = Literal["none", "folders", "all"]


class Elsewhere(msgspec.Struct, frozen=True):
    """`places` as in `WalkRules`; `own` are folders of ours that no backup is to look into."""

    places: dict[str, str] = {}
    own: frozenset[str] = frozenset()


class WalkRules(msgspec.Struct, frozen=True):
    """`largest` in bytes, 0 for no limit; `excluded` are full paths for the os module that are never
    entered or recorded; a folder that holds a file called as in `ignore_names` is left out.

    `attributes` are bits of `ATTRIBUTE_BITS`, of which one is enough to be left out. `marks` says what is
    asked for an exclusion mark: with "folders" somebody else asks the files. `places` leads from stored
    paths, without a separator at the end, to where they are read instead. `decide` hears of every decision.
    """

    filter: Filter | None = None
    symlinks: Literal["Store", "Follow", "Ignore"] = "Store"
    hardlinks: Literal["All", "First", "None"] = "All"
    largest: int = 0
    excluded: frozenset[str] = frozenset()
    ignore_names: frozenset[str] = frozenset()
    attributes: int = 0
    empty_folders: bool = True
    marks: MarksAsked = "none"
    case_sensitive: bool = True
    places: Mapping[str, str] = {}
    decide: Decide | None = None


def moved(stored: str, location: str, places: Mapping[str, str]) -> str:
    """Where a path is read: `location`, unless it or a folder above it has a place of its own.

    `stored` is the path as stored, without a separator at the end.
    """
    folder, rest = stored, 0
    while places:
        if folder in places:
            # Names differ only where they are escaped, so the last parts of both paths belong together.
            tail = location.split("/")[-rest:] if rest else []
            return os.path.join(places[folder], *tail)
        if folder == "/":
            break
        folder, rest = os.path.dirname(folder), rest + 1
    return location
