"""Versions and files as the local database tells them, read in pieces of bounded size (spec/cli.md 1.3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import apsw
import msgspec
import trio

from triplicati.index.damage import damaged_files
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, filesets
from triplicati.index.paths import Found, children, paths_in_order, separator_of, with_separator
from triplicati.messages.progress import Report
from triplicati.messages.results import FileLine, VersionLine
from triplicati.source.filters import FilterRule, compile_filter, expand_patterns

# Rows that one query looks at; it holds a reader for some ten milliseconds.
_PIECE = 20_000

T = TypeVar("T")

Shape = Literal["all", "prefix", "contents"]
Accepts = Callable[[str], bool]


class Version(msgspec.Struct, frozen=True):
    """A version and the number it has for the user, 0 the newest; `damaged` files lost data."""

    number: int
    fileset: Fileset
    damaged: int = 0

    @property
    def line(self) -> VersionLine:
        each = self.fileset
        return VersionLine(self.number, each.stamp, each.full, each.files, each.bytes, self.damaged)


async def all_versions(database: Database) -> list[Version]:
    """Newest first."""

    def read(connection: apsw.Connection) -> list[Version]:
        damaged = damaged_files(connection)
        found = filesets(connection)
        return [Version(number, each, damaged.get(each.id, 0)) for number, each in enumerate(found)]

    return await database.read(read)


def choose_versions(
    versions: Sequence[Version], numbers: Sequence[int], time: float | None, report: Report
) -> list[Version]:
    """Those that have one of the numbers or are not younger than `time`; all when neither is given.

    With both, either counts (spec/cli.md 3.3). A number that no version has is a warning.
    """
    if not numbers and time is None:
        return list(versions)
    oldest = len(versions) - 1
    for number in numbers:
        if number >= len(versions):
            report.warning("SkipInvalidVersion", f"There is no version {number}; the oldest is {oldest}.")
    wanted = set(numbers)
    return [
        each
        for each in versions
        if each.number in wanted or (time is not None and each.fileset.stamp <= time)
    ]


def accepting(
    patterns: Sequence[str], rules: Sequence[FilterRule], *, case_sensitive: bool, separator: str = "/"
) -> Accepts:
    """Whether a path is asked for: it fits one of the patterns, if any, and the filters let it through.

    Raises `InvalidFilter` and `UnknownFilterGroup`.
    """
    wanted = compile_filter(expand_patterns(patterns, separator=separator), case_sensitive=case_sensitive)
    let_through = compile_filter(rules, case_sensitive=case_sensitive)
    tests = [each for each in (wanted, let_through) if not each.empty]
    return lambda path: all(test.accepts(path) for test in tests)


async def separator(database: Database) -> str:
    """That of the system which the backup was made on."""
    path = await database.read(lambda c: c.execute("SELECT path FROM entry LIMIT 1").get)
    return separator_of(path) if isinstance(path, str) else os.sep


async def list_files(
    database: Database,
    versions: Sequence[Version],
    accepts: Accepts,
    each: Callable[[list[FileLine]], object],
) -> int:
    """Gives the accepted paths in order, some thousand at a time, with their sizes in each of the versions.

    Returns how many there were.
    """
    count = 0

    def choose(rows: list[Found]) -> list[FileLine]:
        lines: list[FileLine] = []
        for row in rows:
            if lines and lines[-1].path == row[0]:
                lines[-1].sizes.update(_sizes(row, versions))
            elif accepts(row[0]):
                lines.append(FileLine(row[0], _sizes(row, versions)))
        return lines

    def counted(lines: list[FileLine]) -> None:
        nonlocal count
        count += len(lines)
        each(lines)

    await each_path(database, versions, choose, counted)
    return count


async def each_path(
    database: Database,
    versions: Sequence[Version],
    choose: Callable[[list[Found]], list[T]],
    take: Callable[[list[T]], object],
    first: str = "",
    end: str | None = None,
) -> None:
    """Gives `take` what `choose` makes of the rows that some of the versions show, from the path `first` to
    the one before `end`, in order and in pieces; all rows of a path are in one piece.

    `choose` works in a thread: a regular expression of a user may take as long as it likes."""
    ids = [each.fileset.id for each in versions]
    after: tuple[str, int] | None = (first, -1)
    held: list[Found] = []
    while after is not None:
        rows, after = await database.read(lambda c, at=after: paths_in_order(c, ids, at, end, _PIECE))  # type: ignore[misc]  # a default binds the loop's value
        rows = held + rows
        cut = len(rows)
        if after is not None:
            while cut and rows[cut - 1][0] == rows[-1][0]:
                cut -= 1
        held = rows[cut:]
        chosen = await trio.to_thread.run_sync(choose, rows[:cut], abandon_on_cancel=True) if cut else []
        if chosen:
            take(chosen)


async def list_shaped(
    database: Database, versions: Sequence[Version], accepts: Accepts, shape: Shape, folders: Sequence[str]
) -> list[FileLine]:
    """Only the longest folder all accepted paths share ("prefix"), or what lies directly in `folders`, the
    roots when there are none ("contents")."""
    found: list[FileLine] = []
    if shape == "prefix":
        prefix: str | None = None

        def narrow(lines: list[FileLine]) -> None:
            nonlocal prefix
            for line in lines:
                prefix = line.path if prefix is None else _common_folder(prefix, line.path)

        await list_files(database, versions, accepts, narrow)
        return [FileLine(prefix, {each.number: -1 for each in versions})] if prefix else []
    if folders:
        found = []
        for folder in dict.fromkeys(map(with_separator, folders)):
            found += await _contents(database, versions, folder)
        return [line for line in found if accepts(line.path)]

    def pick(lines: list[FileLine]) -> None:
        for line in lines:
            # Paths come in order, so a root comes before all that is in it.
            if not any(line.path.startswith(root) for root in roots):
                found.append(line)
                if line.path.endswith(("/", "\\")):
                    roots.append(line.path)

    roots: list[str] = []
    await list_files(database, versions, accepts, pick)
    return found


async def _contents(database: Database, versions: Sequence[Version], folder: str) -> list[FileLine]:
    ids = [each.fileset.id for each in versions]
    lines: list[FileLine] = []
    start: str | None = ""
    while start is not None:
        rows, start = await database.read(lambda c, at=start: children(c, ids, folder, at))  # type: ignore[misc]  # a default binds the loop's value
        for row in rows:
            if lines and lines[-1].path == row[0]:
                lines[-1].sizes.update(_sizes(row, versions))
            else:
                lines.append(FileLine(row[0], _sizes(row, versions)))
    return lines


def _sizes(row: Found, versions: Sequence[Version]) -> dict[int, int]:
    return {each.number: row[2] for each in versions if row[4] <= each.fileset.id < row[5]}


def _common_folder(one: str, other: str) -> str:
    shared = os.path.commonprefix([one, other])  # noqa: RUF071  cut at a separator below
    return shared[: max(shared.rfind("/"), shared.rfind("\\")) + 1]
