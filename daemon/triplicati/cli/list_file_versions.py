"""list-file-versions <destination> <file> ... (spec/cli.md 1.3)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import groupby

from triplicati.cli.ending import Ended
from triplicati.cli.list_folder import size_or_kind
from triplicati.cli.reading import look_into
from triplicati.cli.request import Request, wrong_usage
from triplicati.engine.from_options import moment
from triplicati.engine.listing import Version, all_versions, choose_versions
from triplicati.engine.looking import versions_of_paths
from triplicati.index.database import Database
from triplicati.messages.results import FileVersion, FileVersionsResult
from triplicati.values.stamps import format_local
from triplicati.values.versions import parse_versions

HEADING = "File versions:"


async def run(request: Request) -> Ended:
    paths = tuple(dict.fromkeys(request.positionals))
    if not paths:
        raise wrong_usage("list-file-versions", "At least one path is needed.")

    async def work(database: Database) -> FileVersionsResult:
        result = FileVersionsResult(main_operation="ListFileVersions", begin_time=time.time())
        result.files = await versions_of_paths(database, await chosen_versions(request, database), paths)
        result.end_time = time.time()
        return result

    result = await look_into(request, work)
    return Ended(result, lambda: [HEADING, *lines(result.files), *_absent(paths, result.files)])


async def chosen_versions(request: Request, database: Database) -> list[Version]:
    """Those that --version and --time name, all when neither is given."""
    values = request.values
    numbers, at = parse_versions(values.text("version") or ""), moment(values, request.now)
    return choose_versions(await all_versions(database), numbers, at, request.report)


def lines(found: Iterable[FileVersion]) -> Iterator[str]:
    """All versions of a path stand one after the other in `found`."""
    for path, versions in groupby(found, key=lambda each: each.path):
        yield f"{path}:"
        for each in versions:
            shown = size_or_kind(each.size, folder=each.is_directory)
            yield f"  [{each.version}] {format_local(each.time)}: {shown}"


def _absent(paths: Iterable[str], found: Iterable[FileVersion]) -> Iterator[str]:
    present = {each.path.rstrip("/\\") for each in found}
    for path in paths:
        if path.rstrip("/\\") not in present:
            yield f"No version holds {path}."
