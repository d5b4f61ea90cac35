"""What a backup would take, counted by the walk of a backup within a bounded time; nothing is opened."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import trio

from triplicati.engine.settings import BackupSettings
from triplicati.engine.walking import plan_walk, start_walk
from triplicati.formats.kinds import FILE
from triplicati.messages.previews import FiltersPreview, FolderTally, LeftOut
from triplicati.messages.progress import Problem, Report
from triplicati.source.names import stored_name

# A source with more folders in it has the rest counted as its own.
_MOST_FOLDERS = 500
_MOST_WARNINGS = 20
# Seconds for a walk that looks at no clock: one call of the system, or a regular expression, can last.
_GRACE = 1.0


class Places(msgspec.Struct, frozen=True):
    """What a backup leaves out since it is its own: its database, and its destination on this machine."""

    database: Path | None = None
    destination: Path | None = None


async def preview_filters(
    settings: BackupSettings, report: Report, places: Places, *, limit: int, seconds: float
) -> FiltersPreview:
    """`limit`: for how many paths the reason is told. When `seconds` are over, what was counted so far.

    Raises what `plan_walk` raises.
    """
    begin = time.monotonic()
    tally = _Tally(limit)
    with trio.move_on_after(seconds + _GRACE):
        await trio.to_thread.run_sync(
            _walk, settings, report, places, tally, begin + seconds, abandon_on_cancel=True
        )
    return tally.told(report.warnings, time.monotonic() - begin)


class _Tally:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found = FiltersPreview()
        self._folders: dict[str, FolderTally] = {}
        self.finished = False

    def leave_out(self, identity: str, text: str) -> None:
        found = self._found
        found.left_out[identity] = found.left_out.get(identity, 0) + 1
        if len(found.sample) < self._limit:
            found.sample.append(LeftOut(identity, text))

    def take(self, path: str, roots: Sequence[str], size: int) -> None:
        root = next((each for each in roots if path.startswith(each)), path)
        end = path.find("/", len(root))
        folder = root if end < 0 else path[: end + 1]
        if folder not in self._folders and len(self._folders) >= _MOST_FOLDERS:
            folder = root
        mine = self._folders.setdefault(folder, FolderTally(folder))
        for each in (self._found, mine):
            each.files += 1
            each.bytes += size

    def told(self, warnings: Sequence[Problem], seconds: float) -> FiltersPreview:
        """A copy: a thread that was given up may still count."""
        found = self._found
        return msgspec.structs.replace(
            found,
            folders=[msgspec.structs.replace(self._folders[each]) for each in sorted(self._folders.copy())],
            left_out=dict(found.left_out),
            sample=list(found.sample),
            warnings=[each.text for each in warnings[:_MOST_WARNINGS]],
            missing=[stored_name(each.path) for each in warnings if each.id == "SourceIsMissing"],
            finished=self.finished,
            seconds=round(seconds, 3),
        )


def _walk(
    settings: BackupSettings, report: Report, places: Places, tally: _Tally, deadline: float
) -> None:
    """In a thread of trio. Raises `Cancelled`, and what `plan_walk` raises."""
    plan = plan_walk(settings, report, database=places.database, destination=places.destination)
    roots = sorted((f"{stored_name(each).rstrip('/')}/" for each in plan.roots), key=len, reverse=True)
    asks = settings.exclusion_marks and sys.platform != "win32"

    def decide(identity: str, text: str) -> None:
        trio.from_thread.check_cancelled()
        if time.monotonic() > deadline:
            raise _OutOfTime
        if identity.startswith("Exclud"):
            tally.leave_out(identity, text)

    walk = start_walk(plan, report, marks="all" if asks else "none", decide=decide)
    try:
        for path, _, kind, status, _ in walk.found:
            trio.from_thread.check_cancelled()
            if kind == FILE:
                tally.take(path, roots, status.st_size)
            if time.monotonic() > deadline:
                return
    except _OutOfTime:
        return
    tally.finished = True


class _OutOfTime(Exception):
    pass
