"""list and find: versions, the files of versions, the versions of files (spec/cli.md 1.3)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from triplicati.cli.ending import Ended
from triplicati.cli.reading import look_into, look_with_remote
from triplicati.cli.request import Request
from triplicati.cli.results import wants_json
from triplicati.engine.control_files import list_control_files
from triplicati.engine.from_options import case_sensitive, moment
from triplicati.engine.listing import (
    Shape,
    Version,
    accepting,
    all_versions,
    choose_versions,
    list_files,
    list_shaped,
    separator,
)
from triplicati.engine.remote import Remote
from triplicati.errors import InvalidValue
from triplicati.index.database import Database
from triplicati.messages.results import FileLine, ListResult, VersionLine
from triplicati.values.moments import parse_moment
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local
from triplicati.values.versions import parse_versions


class Query(msgspec.Struct, frozen=True):
    """What is to be listed. `newest` when no version was named, so that only the newest is looked at."""

    numbers: tuple[int, ...]
    time: float | None
    patterns: tuple[str, ...]
    newest: bool


async def run(request: Request) -> Ended:
    query = query_of(request)
    if request.values.given("control-files") and request.values.boolean("control-files"):
        work = partial(_list_control_files, request, query)
        return Ended(await look_with_remote(request, work, unlocked=True))
    return Ended(await look_into(request, lambda database: _list(request, query, database)))


def query_of(request: Request) -> Query:
    """From the positionals and options. Raises `InvalidValue`."""
    values = request.values
    numbers, at = parse_versions(values.text("version") or ""), moment(values, request.now)
    patterns = request.positionals
    if len(patterns) == 1:
        if patterns[0].isascii() and patterns[0].isdigit():
            numbers, patterns = (int(patterns[0]),), ("*",)
        else:
            with contextlib.suppress(InvalidValue):  # then it is a pattern
                at, patterns = parse_moment(patterns[0], request.now, backwards=True).timestamp(), ("*",)
    everywhere = request.word == "find" or values.boolean("all-versions")
    everywhere = everywhere or _whole_paths(patterns)
    newest = not (numbers or at is not None or everywhere)
    return Query(numbers, at, patterns, newest)


async def _list(request: Request, query: Query, database: Database) -> ListResult:
    result = ListResult(main_operation="List", begin_time=time.time())
    listing = _Listing(request, result)
    versions = await all_versions(database)
    chosen = choose_versions(versions, query.numbers, query.time, request.report)
    for_files = bool(query.patterns or request.rules())
    if request.values.boolean("list-sets-only") or not (for_files or _shape(request) != "all"):
        listing.versions(chosen)
    elif not chosen:
        listing.nothing("No time or version matched a fileset")
    else:
        narrowed = _narrowed(query, chosen)
        if not await _files(request, query, database, narrowed, listing):
            if for_files:
                await _files_elsewhere(
                    request, query, database, versions, listing, whole=narrowed == versions
                )
            else:
                listing.nothing(f"Found {len(narrowed)} filesets, but no files matched")
    result.end_time = time.time()
    return result


async def _list_control_files(
    request: Request, query: Query, database: Database, remote: Remote
) -> ListResult:
    result = ListResult(main_operation="List", begin_time=time.time())
    listing = _Listing(request, result)
    chosen = choose_versions(await all_versions(database), query.numbers, query.time, request.report)
    narrowed = _narrowed(query, chosen)
    listing.begin(narrowed)
    accepts = accepting(query.patterns, request.rules(), case_sensitive=case_sensitive(request.environment))
    files = await list_control_files(remote, database, narrowed, accepts)
    listing.files(files)
    if not files:
        listing.nothing("No control files matched")
    result.end_time = time.time()
    return result


async def _files_elsewhere(
    request: Request,
    query: Query,
    database: Database,
    versions: list[Version],
    listing: _Listing,
    *,
    whole: bool,
) -> None:
    if not whole and not request.values.boolean("all-versions"):
        listing.nothing("No files matching, looking in all versions")
        if await _files(request, query, database, versions, listing):
            return
    listing.nothing("No files matched expression")


async def _files(
    request: Request, query: Query, database: Database, versions: list[Version], listing: _Listing
) -> int:
    shape = _shape(request)
    patterns = () if shape == "contents" else query.patterns
    accepts = accepting(
        patterns,
        request.rules(),
        case_sensitive=case_sensitive(request.environment),
        separator=await separator(database),
    )
    listing.begin(versions)
    if shape == "all":
        return await list_files(database, versions, accepts, listing.files)
    folders = [] if query.patterns == ("*",) else query.patterns
    lines = await list_shaped(database, versions, accepts, shape, folders)
    listing.files(lines)
    return len(lines)


def _narrowed(query: Query, chosen: list[Version]) -> list[Version]:
    """A time means the newest version that is not younger."""
    return chosen[:1] if query.newest or (query.time is not None and not query.numbers) else chosen


def _shape(request: Request) -> Shape:
    if request.values.boolean("list-prefix-only"):
        return "prefix"
    return "contents" if request.values.boolean("list-folder-contents") else "all"


def _whole_paths(patterns: Sequence[str]) -> bool:
    """Patterns that are all full paths are looked for in every version."""
    return bool(patterns) and all(
        (each.startswith(("/", "\\\\")) or each[1:3] == ":\\")
        and not each.endswith(("/", "\\"))
        and not set("*?") & set(each)
        for each in patterns
    )


class _Listing:
    """Prints lines as they are found, or keeps them for the JSON form."""

    def __init__(self, request: Request, result: ListResult) -> None:
        self._request = request
        self._result = result
        self._json = wants_json(request)
        self._chosen: list[VersionLine] = []
        self._begun = False

    def versions(self, versions: Sequence[Version]) -> None:
        self._result.versions = [each.line for each in versions]
        if not versions:
            self.nothing("No time or version matched a fileset")
        elif not self._json:
            self._request.console.results(["Listing filesets:", *map(version_line, self._result.versions)])

    def begin(self, versions: Sequence[Version]) -> None:
        self._chosen = self._result.versions = [each.line for each in versions]

    def files(self, lines: list[FileLine]) -> None:
        if self._json:
            self._result.files.extend(lines)
        elif lines:
            self._request.console.results(self._text(lines))

    def nothing(self, text: str) -> None:
        if not self._json:
            self._request.console.result(text)

    def _text(self, lines: list[FileLine]) -> Iterator[str]:
        single = len(self._chosen) == 1
        if not self._begun:
            self._begun = True
            first = self._chosen[0]
            yield (
                f"Listing contents {first.number} ({format_local(first.time)}):"
                if single
                else "Listing files and versions:"
            )
        for line in lines:
            if single:
                yield f"{line.path} {_size(line.path, line.sizes[self._chosen[0].number])}"
            else:
                yield line.path
                yield from (_in_version(each, line) for each in self._chosen)
                yield ""


def version_line(line: VersionLine) -> str:
    partial = "" if line.full else ", partial"
    size = f"{line.files} files, {format_size(line.size)}"
    damaged = f", damaged: {line.damaged} file(s)" if line.damaged else ""
    return f"{line.number}\t: {format_local(line.time)} ({size}){partial}{damaged}"


def _size(path: str, size: int) -> str:
    if size >= 0:
        return f"({format_size(size)})"
    return "" if path.endswith(("/", "\\")) else "(symlink)"


def _in_version(version: VersionLine, line: FileLine) -> str:
    size = line.sizes.get(version.number)
    shown = " - " if size is None else format_size(size) if size >= 0 else _kind(line.path)
    return f"{version.number}\t: {format_local(version.time)} {shown}"


def _kind(path: str) -> str:
    return "(directory)" if path.endswith(("/", "\\")) else "(symlink)"
