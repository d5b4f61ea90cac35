"""purge <destination> [file ...] (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli import compact
from triplicati.cli.ending import Ended
from triplicati.cli.list_broken_files import shown, version_lines
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.errors import UsageError
from triplicati.messages.results import PurgeResult
from triplicati.operations.purging import run_purge
from triplicati.values.sizes import format_size


async def run(request: Request) -> Ended:
    stop = StopRequest()
    try:
        result = await run_to_the_end(
            lambda: run_purge(request, stop, limit=shown(request)),
            request.console,
            request.report,
            stop,
            "rewritten",
        )
    except UsageError as error:
        raise wrong_usage("purge", str(error)) from None
    return Ended(result, lambda: lines(result))


def lines(result: PurgeResult) -> Iterator[str]:
    if not (result.rewritten_file_lists or result.matches or result.interrupted):
        yield "No files matched the criteria."
        return
    yield from purged_lines(result)
    done = result.compact_results
    if done is not None and (done.deleted_file_count or done.left):
        yield from compact.lines(done)


def purged_lines(result: PurgeResult) -> Iterator[str]:
    yield from version_lines(result.matches)
    would = "[Dryrun]: Would remove" if result.dryrun else "Removed"
    size = format_size(result.removed_file_size)
    lists = f"{result.rewritten_file_lists} file list(s)"
    yield f"{would} {result.removed_file_count} entries ({size}) from {lists}"
    if result.updated_file_count:
        kept = "would be kept" if result.dryrun else "were kept"
        yield f"{result.updated_file_count} entries {kept} without the metadata that they lost"
    if result.interrupted:
        yield "Stopped before the end: run it again to go on."
