"""What a backup would take and leave out, path by path, without a destination or anything opened."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import trio

from triplicati.engine.settings import BackupSettings
from triplicati.engine.walking import plan_walk, start_walk
from triplicati.formats.kinds import FILE
from triplicati.messages.progress import Report
from triplicati.messages.results import FilterTestResult

Decision = tuple[str, str]
"""id, sentence"""

_TOGETHER = 200


async def try_filters(
    settings: BackupSettings, report: Report, listen: Callable[[Sequence[Decision]], object]
) -> FilterTestResult:
    """`listen` gets the decisions in the order of the walk, some at a time.

    Unlike Duplicati's, the totals leave out files above --skip-files-larger-than, as a backup does. Raises
    what `plan_walk` raises.
    """
    result = FilterTestResult(main_operation="TestFilters", begin_time=time.time(), dryrun=True)
    plan = plan_walk(settings, report)
    decisions: list[Decision] = []

    def tell() -> None:
        told, decisions[:] = decisions[:], []
        trio.from_thread.run_sync(listen, told)

    def decide(identity: str, text: str) -> None:
        decisions.append((identity, text))
        if len(decisions) >= _TOGETHER:
            tell()

    def in_thread() -> None:
        asks = settings.exclusion_marks and sys.platform != "win32"
        walk = start_walk(plan, report, marks="all" if asks else "none", decide=decide)
        for _, _, kind, status, _ in walk.found:
            if kind == FILE:
                result.file_count += 1
                result.file_size += status.st_size
        tell()

    await trio.to_thread.run_sync(in_thread, abandon_on_cancel=True)
    result.warnings, result.errors, result.end_time = report.warnings, report.errors, time.time()
    return result
