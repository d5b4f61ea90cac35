"""compact <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.messages.results import CompactResult
from triplicati.operations.upkeep import run_compact
from triplicati.values.sizes import format_size


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("compact", "Only a destination is needed.")
    stop = StopRequest()
    result = await run_to_the_end(
        lambda: run_compact(request, stop), request.console, request.report, stop, "packed anew"
    )
    return Ended(result, lambda: [*lines(result), f"Duration of compacting: {duration(result)}"])


def lines(result: CompactResult) -> Iterator[str]:
    deleted, size = result.deleted_file_count, format_size(result.deleted_file_size)
    if not deleted and not result.left:
        little = "Compacting is not worth it: little would be gained."
        yield "Nothing was compacted." if result.refused else little
        return
    if result.dryrun:
        fetched = format_size(result.downloaded_file_size)
        yield f"[Dryrun]: Would fetch {result.downloaded_file_count} volume(s) ({fetched}) and pack them anew"
        yield f"[Dryrun]: Would delete {deleted} volume(s) ({size})"
        return
    sent = format_size(result.uploaded_file_size)
    gained = result.deleted_file_size - result.uploaded_file_size
    yield f"Deleted {deleted} file(s) ({size}), uploaded {result.uploaded_file_count} ({sent})"
    yield f"Space gained: {format_size(max(gained, 0))}"
    if result.left:
        yield f"Left for the next run: {result.left} volume(s)"
