"""backup <destination> <source> ..."""

from __future__ import annotations

import time

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.gentle import on_battery
from triplicati.engine.stopping import StopRequest
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.operations.backup import refuse_remote_sources, run_backup
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local

_PARTIAL, _ERRORS, _WARNINGS, _UNCHANGED = 50, 3, 2, 1


async def run(request: Request) -> Ended:
    if not request.positionals:
        raise wrong_usage("backup", "A destination and at least one source are needed.")
    refuse_remote_sources(request)
    request.notice(f"Backup started at {format_local(int(time.time()))}")
    if request.values.boolean("disable-on-battery") and on_battery():
        request.notice("This computer runs on battery; --disable-on-battery concerns scheduled runs only.")
    stop = StopRequest()
    result = await run_to_the_end(
        lambda: run_backup(request, stop), request.console, request.report, stop, "examined"
    )
    report, filtered = request.report, bool(request.filters)
    return Ended(
        result, lambda: summary(result, report, filtered=filtered), lambda: exit_code(result, report)
    )


def exit_code(result: BackupResult, report: Report) -> int:
    """spec/cli.md 1.1: 50 before 3, 2, 1 and 0."""
    if result.partial_backup:
        return _PARTIAL
    if report.errors or result.files_with_error:
        return _ERRORS
    if report.warnings:
        return _WARNINGS
    return _UNCHANGED if not result.bytes_uploaded else 0


def summary(result: BackupResult, report: Report, *, filtered: bool) -> list[str]:
    lines = [f"  Duration of backup: {duration(result)}"]
    if result.known_file_count > 0:
        lines += [
            f"  Remote files: {result.known_file_count}",
            f"  Remote filesets: {result.known_filesets}",
            f"  Remote size: {format_size(result.known_file_size)}",
        ]
        if result.total_quota >= 0:
            lines.append(f"  Total remote quota: {format_size(result.total_quota)}")
        if result.free_quota >= 0:
            lines.append(f"  Available remote quota: {format_size(result.free_quota)}")
        if result.assigned_quota >= 0:
            lines.append(f"  Assigned remote quota: {format_size(result.assigned_quota)}")
    lines += [
        f"  Files added: {result.added_files}",
        f"  Files deleted: {result.deleted_files}",
        f"  Files changed: {result.modified_files}",
        f"  Data uploaded: {format_size(result.bytes_uploaded)}",
    ]
    for each in result.remote_synchronization_results:
        size = format_size(each.copied_file_size)
        lines.append(f"  Copied to {each.destination}: {each.copied_file_count} file(s) ({size})")
    lines += [f"  Warnings: {len(report.warnings)}"] if report.warnings else []
    if not result.examined_files and filtered:
        lines.append("No files were examined. Run test-filters on the same sources to see why.")
    lines.append(_last_line(result, report))
    return lines


def _last_line(result: BackupResult, report: Report) -> str:
    if result.dryrun:
        return "This was a dry run: nothing was stored."
    if result.partial_backup and result.version_time:
        return "Backup stopped early; what was uploaded is kept as a partial version."
    if result.partial_backup:
        return "Backup stopped before it had read anything; there is no new version."
    if report.errors:
        return f"Backup completed with {len(report.errors)} error(s)."
    return "Backup completed successfully!"
