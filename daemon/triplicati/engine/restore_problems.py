"""What metadata could not be given: the same for many entries is told once.

Whoever is not root gives no file away; a backup of a system then has one such failure for each of its files.
"""

from __future__ import annotations

import os
import re

import msgspec

from triplicati.messages.progress import Report
from triplicati.source.names import stored_name

_ID = "RestoreMetadataFailed"
# Beyond so many kinds, all further ones count as one.
_MOST_KINDS = 100
_PLACE = "\0"
# Some files fail in one of these, some in both.
_OWNERSHIP = re.compile("set the (owner and group|owner|group) of")


class Problem(msgspec.Struct):
    """How often, and the first: its path in the backup and the sentence about it."""

    path: str
    text: str
    count: int = 0


class Problems:
    """Sentences that differ only in the path they are about are one kind."""

    def __init__(self) -> None:
        self._kinds: dict[str, Problem] = {}

    def add(self, path: str, target: bytes, text: str) -> None:
        kind = _kind(path, target, text)
        if kind not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            kind = ""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = Problem(path, text)
        found.count += 1

    def tell(self, report: Report) -> None:
        for kind, first in self._kinds.items():
            if first.count == 1:
                sentence = first.text if first.path in first.text else f"{first.path}: {first.text}"
            elif _PLACE in kind:
                sentence = kind.replace(_PLACE, f"{first.count} entries, for example {first.path}", 1)
            else:
                sentence = f"{first.count} entries, for example {first.path}: {first.text}"
            report.warning(_ID, sentence, first.path)
        self._kinds.clear()


def _kind(path: str, target: bytes, text: str) -> str:
    """The sentence without the path. A worker names the file by the place it is written at first, which is
    beside its target."""
    text = _OWNERSHIP.sub("set the owner or group of", text, count=1)
    folder = stored_name(os.fsdecode(os.path.dirname(target)))
    for name in (stored_name(os.fsdecode(target)), path):
        if name in text:
            return text.replace(name, _PLACE)
    start = text.find(f"{folder}/.triplicati-")
    if start < 0:
        return text
    end = start + len(folder) + 1
    while end < len(text) and text[end] not in ": ;":
        end += 1
    return text[:start] + _PLACE + text[end:]
