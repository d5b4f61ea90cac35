"""list-broken-files <destination> (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from triplicati.cli.ending import Ended
from triplicati.cli.reading import to_the_end
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.results import wants_json
from triplicati.engine.broken_files import SHOWN
from triplicati.messages.results import BrokenFilesResult, FilesOfVersion
from triplicati.operations.purging import run_list_broken
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local


async def run(request: Request) -> Ended:
    refuse_choice(request)
    result = await to_the_end(request, lambda: run_list_broken(request, limit=shown(request)))
    return Ended(result, lambda: lines(result))


def refuse_choice(request: Request) -> None:
    """Raises `UsageError` for paths and filters."""
    if request.positionals or request.filters:
        reason = "Only a destination is needed; every file of the backup is looked at."
        raise wrong_usage(request.command.name, reason)


def shown(request: Request) -> int | None:
    """How many files of each version, None for all."""
    return None if request.values.boolean("full-result") or wants_json(request) else SHOWN


def lines(result: BrokenFilesResult) -> Iterator[str]:
    if not result.broken_files:
        yield "No broken files were found."
        return
    yield from version_lines(result.broken_files)
    yield ""
    yield 'What the source still has, the next backup stores again. "purge-broken-files" removes the rest.'


def version_lines(found: Iterable[FilesOfVersion]) -> Iterator[str]:
    for version in found:
        yield f"Fileset {version.number}\t: {format_local(version.time)}\t({version.file_count} match(es))"
        yield from (f"\t{each.path} ({format_size(each.size)})" for each in version.files)
        if (more := version.file_count - len(version.files)) > 0:
            yield f"\t ... and {more} more, (use --full-result to list all)"
