"""compare <destination> [base] [target] (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli.ending import Ended
from triplicati.cli.reading import look_into
from triplicati.cli.request import Request, wrong_usage
from triplicati.engine.compare import SHOWN, choose_pair, compare
from triplicati.engine.from_options import case_sensitive
from triplicati.engine.listing import accepting, all_versions
from triplicati.index.database import Database
from triplicati.messages.results import CompareResult, VersionLine
from triplicati.values.moments import parse_moment
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local


async def run(request: Request) -> Ended:
    if len(request.positionals) > 2:
        raise wrong_usage("compare", "At most two versions can be compared.")
    wanted = [_version(request, text) for text in request.positionals]
    # One version alone is the target: version 1 is compared with it.
    base, target = (wanted[0], wanted[1]) if len(wanted) == 2 else (None, wanted[0] if wanted else None)
    full = request.values.boolean("full-result")

    async def work(database: Database) -> CompareResult:
        accepts = accepting((), request.rules(), case_sensitive=case_sensitive(request.environment))
        older, newer = choose_pair(await all_versions(database), base, target)
        return await compare(database, older, newer, accepts, limit=None if full else SHOWN)

    result = await look_into(request, work)
    return Ended(result, lambda: lines(result))


def lines(result: CompareResult) -> Iterator[str]:
    assert result.base is not None
    assert result.target is not None
    yield "Listing changes"
    yield from (f"  {each.number}: {format_local(each.time)}" for each in (result.base, result.target))
    yield ""
    yield _size(result.base)
    kinds = (
        ("added", "+", result.added, result.added_counts),
        ("modified", "~", result.modified, result.modified_counts),
        ("deleted", "-", result.deleted, result.deleted_counts),
    )
    for kind, mark, paths, counts in kinds:
        if paths:
            yield ""
            yield f"  {sum(counts)} {kind} entries:"
            yield from (f"  {mark} {path}" for path in paths)
            if sum(counts) > len(paths):
                yield f"  ... and {sum(counts) - len(paths)} more (use --full-result to see all)"
    yield ""
    counters = list(_counters(result))
    yield from counters or ["  No changes found"]
    yield ""
    yield _size(result.target)


def _counters(result: CompareResult) -> Iterator[str]:
    every = {
        "Added": result.added_counts,
        "Deleted": result.deleted_counts,
        "Modified": result.modified_counts,
    }
    for kind, (files, folders, links) in every.items():
        for name, count in (("folders", folders), ("symlinks", links), ("files", files)):
            if count:
                yield f"  {f'{kind} {name}:':<18} {count}"


def _size(version: VersionLine) -> str:
    return f"Size of backup {version.number}: {format_size(version.size)}"


def _version(request: Request, text: str) -> int | float:
    if text.isascii() and text.isdigit():
        return int(text)
    return parse_moment(text, request.now, backwards=True).timestamp()
