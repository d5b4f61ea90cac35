"""delete <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli import compact
from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.errors import UsageError
from triplicati.messages.results import DeleteResult
from triplicati.operations.upkeep import run_delete
from triplicati.values.stamps import format_local


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("delete", "Only a destination is needed; options say which versions.")
    stop = StopRequest()
    try:
        result = await run_to_the_end(
            lambda: run_delete(request, stop), request.console, request.report, stop, "packed anew"
        )
    except UsageError as error:
        raise wrong_usage("delete", str(error)) from None
    return Ended(result, lambda: lines(result))


def lines(result: DeleteResult) -> Iterator[str]:
    if not result.deleted_sets:
        yield "No filesets matched the criteria."
        return
    yield "The following filesets would be deleted:" if result.dryrun else "These filesets were deleted:"
    for each in result.deleted_sets:
        yield f"{each.item1}: {format_local(each.item2)}"
    done = result.compact_results
    if done is not None and (done.deleted_file_count or done.left):
        yield from compact.lines(done)
