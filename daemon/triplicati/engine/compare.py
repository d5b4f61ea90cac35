"""What changed between two versions, from the local database alone (spec/cli.md 1.3)."""

from __future__ import annotations

import time
from collections.abc import Sequence

from triplicati.engine.changes import Change, each_change
from triplicati.engine.listing import Accepts, Version
from triplicati.errors import TooFewVersions
from triplicati.index.database import Database
from triplicati.messages.results import CompareResult

# Duplicati shows this many of each kind.
SHOWN = 11


def choose_pair(
    versions: Sequence[Version], base: int | float | None, target: int | float | None
) -> tuple[Version, Version]:
    """The version nearest to `base`, and of the others the one nearest to `target`.

    Both are a number (int) or a time in Unix seconds (float); None is the one before the newest, and the
    newest. Raises `TooFewVersions`.
    """
    if len(versions) < 2:
        raise TooFewVersions
    first = _nearest(versions, 1 if base is None else base)
    return first, _nearest([each for each in versions if each is not first], 0 if target is None else target)


async def compare(
    database: Database, base: Version, target: Version, accepts: Accepts, *, limit: int | None = SHOWN
) -> CompareResult:
    """Counts of what was added, modified and deleted, and the first `limit` paths of each of these.

    A path counts as modified when its content or its metadata differ.
    """
    result = CompareResult(
        main_operation="ListChanges", begin_time=time.time(), base=base.line, target=target.line
    )
    lists = {"added": result.added, "modified": result.modified, "deleted": result.deleted}
    counts = {
        "added": result.added_counts,
        "modified": result.modified_counts,
        "deleted": result.deleted_counts,
    }

    def note(changes: list[Change]) -> None:
        for each in changes:
            if not accepts(each.path):
                continue
            counts[each.kind][each.entry] += 1
            if limit is None or len(lists[each.kind]) < limit:
                lists[each.kind].append(each.path)

    await each_change(database, base.fileset.id, target.fileset.id, note)
    result.end_time = time.time()
    return result


def _nearest(versions: Sequence[Version], wanted: int | float) -> Version:
    if isinstance(wanted, float):
        return min(versions, key=lambda each: abs(each.fileset.stamp - wanted))
    return min(versions, key=lambda each: abs(each.number - wanted))
