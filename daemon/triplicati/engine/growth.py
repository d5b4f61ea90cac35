"""Where a backup grew or shrank between two versions: changes added up for what lies in one folder."""

from __future__ import annotations

from collections.abc import Iterable

from triplicati.engine.changes import Change, Kind, each_change
from triplicati.engine.listing import Version, separator
from triplicati.formats.kinds import FILE
from triplicati.index.database import Database
from triplicati.index.paths import behind, with_separator
from triplicati.messages.changes import ChangedPart, ChangeTally

# Of so many files and folders directly in a folder the sums are kept apart.
_MOST_PARTS = 200_000


async def growth(
    database: Database, base: Version, target: Version, folder: str, *, most: int
) -> tuple[str, ChangeTally, list[ChangedPart]]:
    """What changed in `folder`, by what lies directly in it: the folder, all of it, and the `most` parts with
    the most bytes, in that order, the rest of them as one part without a path.

    "" is the lowest folder that all changes lie in.
    """
    mark = await separator(database)
    if not folder:
        folder = await _common(database, base, target, mark)
    tally = _Tally(folder, mark)
    first, end = (with_separator(folder), behind(with_separator(folder))) if folder else ("", None)
    await each_change(database, base.fileset.id, target.fileset.id, tally.take, first, end)
    return folder, tally.whole, tally.largest(most)


async def _common(database: Database, base: Version, target: Version, mark: str) -> str:
    """"" where they have nothing in common, as on two drives."""
    ends: list[str] = []

    def take(changes: list[Change]) -> None:
        # A folder counts as modified when something in it comes or goes; that says nothing of its own.
        if paths := [each.path for each in changes if each.entry == FILE]:
            # Paths come in order, so what the first and the last have in common all have.
            ends[:] = [ends[0] if ends else paths[0], paths[-1]]

    await each_change(database, base.fileset.id, target.fileset.id, take)
    if not ends:
        return ""
    first, last = ends
    same = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), None)
    shared = first[:same]
    return shared[: shared.rfind(mark) + 1]


class _Tally:
    def __init__(self, folder: str, mark: str) -> None:
        self._begin = len(with_separator(folder)) if folder else 0
        self._mark = mark
        self._parts: dict[str, ChangedPart] = {}
        self.whole = ChangeTally()

    def take(self, changes: Iterable[Change]) -> None:
        for each in changes:
            if len(each.path) <= self._begin:
                continue  # the folder itself
            at = each.path.find(self._mark, max(self._begin, 1))
            path = each.path if at < 0 else each.path[: at + 1]
            _add(self.whole, each)
            _add(self._part(path), each)

    def _part(self, path: str) -> ChangedPart:
        if path not in self._parts and len(self._parts) >= _MOST_PARTS:
            path = ""
        if path not in self._parts:
            self._parts[path] = ChangedPart(path=path, is_folder=path.endswith(self._mark))
        return self._parts[path]

    def largest(self, most: int) -> list[ChangedPart]:
        rest = self._parts.pop("", None)
        ordered = sorted(self._parts.values(), key=lambda each: (-each.weight, -each.entries, each.path))
        shown, others = ordered[:most], ordered[most:]
        if rest is not None:
            others.append(rest)
        if others:
            together = ChangedPart(path="", parts=len(others))
            for each in others:
                together.join(each)
            shown.append(together)
        return shown


_MEMBERS: dict[Kind, tuple[str, str]] = {
    "added": ("added", "added_bytes"),
    "modified": ("modified", "modified_bytes"),
    "deleted": ("deleted", "deleted_bytes"),
}


def _add(tally: ChangeTally, change: Change) -> None:
    if change.entry != FILE:
        tally.others += 1
        return
    count, size = _MEMBERS[change.kind]
    setattr(tally, count, getattr(tally, count) + 1)
    new = change.new_size if change.kind != "deleted" else change.old_size
    # What only got another mode or time has to store nothing anew.
    setattr(tally, size, getattr(tally, size) + (max(new, 0) if change.content else 0))
    tally.growth += max(change.new_size, 0) - max(change.old_size, 0)
