"""list-folder-content <destination> [folder ...] (spec/cli.md 1.3)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from triplicati.cli.ending import Ended
from triplicati.cli.reading import look_into
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.results import wants_json
from triplicati.engine.from_options import moment
from triplicati.engine.listing import all_versions
from triplicati.engine.looking import list_folder, list_roots, one_version
from triplicati.index.database import Database
from triplicati.messages.results import FolderEntry, ListFolderResult
from triplicati.values.sizes import format_size
from triplicati.values.versions import parse_versions


async def run(request: Request) -> Ended:
    if request.values.boolean("all-versions"):
        raise wrong_usage("list-folder-content", "One version is listed, so --all-versions cannot be given.")
    numbers = parse_versions(request.values.text("version") or "")
    at = moment(request.values, request.now)

    def pick(stamps: list[int]) -> Sequence[int]:
        """Those that are not older than the one that is meant, so that it has its number."""
        newer = [stamp for stamp in stamps if at is not None and stamp >= at]
        return stamps[: max([*numbers, len(newer) - 1, 0]) + 1]

    return Ended(await look_into(request, lambda database: _list(request, database, numbers, at), pick=pick))


async def _list(
    request: Request, database: Database, numbers: Sequence[int], at: float | None
) -> ListFolderResult:
    result = ListFolderResult(main_operation="ListFolder", begin_time=time.time())
    version = one_version(await all_versions(database), numbers, at)
    result.versions = [version.line]
    json = wants_json(request)

    def show(texts: Iterable[str]) -> None:
        if not json:
            request.console.results(texts)

    def each(entries: list[FolderEntry]) -> None:
        if json:
            result.files += entries
        elif entries:
            show(lines(entries))

    show(["Folder contents:"])
    folders = request.positionals
    if not folders:
        each(await list_roots(database, version))
    for folder in folders:
        if not await list_folder(database, version, folder, each):
            show([f"Nothing lies in {folder} in version {version.number}."])
    result.end_time = time.time()
    return result


def lines(entries: Sequence[FolderEntry]) -> Iterator[str]:
    for each in entries:
        yield f"{each.path}: {size_or_kind(each.size, folder=each.is_directory)}"


def size_or_kind(size: int, *, folder: bool) -> str:
    if size >= 0:
        return f"({format_size(size)})"
    return "(directory)" if folder else "(symlink)"
