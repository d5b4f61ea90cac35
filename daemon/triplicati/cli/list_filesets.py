"""list-filesets <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from triplicati.cli.ending import Ended
from triplicati.cli.list import version_line
from triplicati.cli.reading import versions_at_hand
from triplicati.cli.request import Request, wrong_usage
from triplicati.messages.results import ListResult, VersionLine
from triplicati.values.stamps import format_local


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("list-filesets", "Nothing but a destination is expected.")
    for name in ("version", "time"):
        if request.values.given(name):
            raise wrong_usage("list-filesets", f"All versions are listed, so --{name} cannot be given.")
    result = ListResult(main_operation="ListFilesets", begin_time=time.time())
    result.versions = await versions_at_hand(request)
    result.end_time = time.time()
    return Ended(result, lambda: lines(result.versions))


def lines(versions: Sequence[VersionLine]) -> Iterator[str]:
    yield "Listing filesets:"
    for each in versions:
        yield version_line(each) if each.files >= 0 else f"{each.number}\t: {format_local(each.time)}"
