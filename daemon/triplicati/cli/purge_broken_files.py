"""purge-broken-files <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli import delete
from triplicati.cli.ending import Ended
from triplicati.cli.list_broken_files import refuse_choice, shown
from triplicati.cli.purge import purged_lines
from triplicati.cli.request import Request
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.messages.results import PurgeBrokenResult
from triplicati.operations.purging import run_purge_broken


async def run(request: Request) -> Ended:
    refuse_choice(request)
    stop = StopRequest()
    result = await run_to_the_end(
        lambda: run_purge_broken(request, stop, limit=shown(request)),
        request.console,
        request.report,
        stop,
        "rewritten",
    )
    return Ended(result, lambda: lines(result))


def lines(result: PurgeBrokenResult) -> Iterator[str]:
    purged, deleted = result.purge_results, result.delete_results
    given_up = result.given_up_lists
    if given_up and result.dryrun:
        yield f"[Dryrun]: Would give up {given_up} file list(s) that cannot be read, with their versions"
    if deleted is not None and deleted.deleted_sets:
        yield from delete.lines(deleted)
    elif purged is None or not (purged.rewritten_file_lists or purged.interrupted):
        yield "No other broken files were found." if given_up else "No broken files were found."
        return
    if purged is not None:
        yield from purged_lines(purged)
