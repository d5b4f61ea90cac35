"""affected <destination> <volume> ... (spec/cli.md 1.3)."""

from __future__ import annotations

import ntpath
from collections.abc import Iterator

from triplicati.cli.ending import Ended
from triplicati.cli.reading import look_into
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.results import wants_json
from triplicati.engine.affected import SHOWN, affected
from triplicati.messages.results import AffectedResult
from triplicati.values.stamps import format_local


async def run(request: Request) -> Ended:
    if not request.positionals:
        raise wrong_usage("affected", "The name of at least one volume is needed.")
    # Names may be given as the paths that a shell completes them to.
    names = tuple(dict.fromkeys(map(ntpath.basename, request.positionals)))
    limit = None if request.values.boolean("full-result") or wants_json(request) else SHOWN
    result = await look_into(
        request,
        lambda database: affected(database, names, request.report, limit=limit),
        only_paths=False,
    )
    return Ended(result, lambda: lines(result))


def lines(result: AffectedResult) -> Iterator[str]:
    if result.versions:
        yield "The following filesets are affected:"
        yield from (f"{each.number}\t: {format_local(each.time)}" for each in result.versions)
        yield ""
    if not result.file_count:
        yield "No files are affected"
        return
    yield f"A total of {result.file_count} file(s) are affected:"
    yield from result.files
    if (more := result.file_count - len(result.files)) > 0:
        yield f"  ... and {more} more (use --full-result to see all filenames)"
