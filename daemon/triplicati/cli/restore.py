"""restore <destination> [file ...]"""

from __future__ import annotations

import time

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.request import Request
from triplicati.cli.running import run_to_the_end
from triplicati.engine.settings import RestoreSettings
from triplicati.engine.stopping import StopRequest
from triplicati.messages.results import RestoreResult
from triplicati.operations.restore import run_restore, settings_of
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local


async def run(request: Request) -> Ended:
    settings = settings_of(request)
    request.notice(f"Restore started at {format_local(int(time.time()))}")
    result = await run_to_the_end(
        lambda: run_restore(request, settings), request.console, request.report, StopRequest(), "restored"
    )
    report = request.report
    return Ended(
        result, lambda: summary(result, settings), lambda: 2 if report.errors or report.warnings else 0
    )


def summary(result: RestoreResult, settings: RestoreSettings) -> list[str]:
    place = result.restore_path or (str(settings.target) if settings.target else "original location")
    size = format_size(result.size_of_restored_files)
    done = "[Dryrun]: Would restore" if settings.dry_run else "Restored"
    lines = [f"{done} {result.restored_files} ({size}) files to {place}"]
    if result.unmodified_files:
        lines.append(f"{result.unmodified_files} files were there already, unchanged")
    if result.broken_files:
        example = result.broken_files[0]
        lines.append(f"{len(result.broken_files)} files could not be restored, for example {example}")
    lines.append(f"Duration of restore: {duration(result)}")
    return lines
