"""Versions and files as the local database tells them, read in pieces of bounded size (spec/cli.md 1.3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Literal, cast

import apsw
import msgspec

from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, filesets
from triplicati.messages.progress import Report
from triplicati.messages.results import FileLine, VersionLine
from triplicati.source.filters import FilterRule, compile_filter, expand_patterns

# Rows that one query looks at; it holds a reader for some ten milliseconds.
_PIECE = 20_000

Shape = Literal["all", "prefix", "contents"]
Accepts = Callable[[str], bool]
_Row = tuple[str, int, int, int, int]


class Version(msgspec.Struct, frozen=True):
    """A version and the number it has for the user, 0 the newest."""

    number: int
    fileset: Fileset

    @property
    def line(self) -> VersionLine:
        each = self.fileset
        return VersionLine(self.number, each.stamp, each.full, each.files, each.bytes)


async def all_versions(database: Database) -> list[Version]:
    """Newest first."""
    return [Version(number, each) for number, each in enumerate(await database.read(filesets))]


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
    after: tuple[str, int] | None = ("", -1)
    held: list[FileLine] = []
    while after is not None:
        rows, after = await database.read(lambda c, start=after: _piece(c, versions, start))  # type: ignore[misc]  # a default binds the loop's value
        for row in rows:
            if held and held[-1].path == row[0]:
                held[-1].sizes.update(_sizes(row, versions))
            elif accepts(row[0]):
                held.append(FileLine(row[0], _sizes(row, versions)))
        # The rows of one path can lie in two pieces.
        ready, held = (held[:-1], held[-1:]) if after is not None else (held, [])
        if ready:
            count += len(ready)
            each(ready)
    return count


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
    wanted = [folder if folder.endswith(("/", "\\")) else folder + _separator(folder) for folder in folders]

    def pick(lines: list[FileLine]) -> None:
        for line in lines:
            if _is_directly_in(line.path, wanted, found):
                found.append(line)

    await list_files(database, versions, accepts, pick)
    return found


def _piece(
    connection: apsw.Connection, versions: Sequence[Version], start: tuple[str, int]
) -> tuple[list[_Row], tuple[str, int] | None]:
    """Rows that some of the versions show, and where the next piece begins."""
    ids = [each.fileset.id for each in versions]
    query = (
        "SELECT path, kind, size, since, until FROM entry WHERE (path, since) > (?, ?)"
        " AND since <= ? AND until > ? ORDER BY path, since LIMIT ?"
    )
    bindings = (*start, max(ids, default=-1), min(ids, default=0), _PIECE)
    rows = cast("list[_Row]", connection.execute(query, bindings).fetchall())
    after = (rows[-1][0], rows[-1][3]) if len(rows) == _PIECE else None
    return [row for row in rows if any(row[3] <= each < row[4] for each in ids)], after


def _sizes(row: _Row, versions: Sequence[Version]) -> dict[int, int]:
    _, _, size, since, until = row
    return {each.number: size for each in versions if since <= each.fileset.id < until}


def _common_folder(one: str, other: str) -> str:
    shared = os.path.commonprefix([one, other])  # noqa: RUF071  cut at a separator below
    return shared[: max(shared.rfind("/"), shared.rfind("\\")) + 1]


def _is_directly_in(path: str, folders: Sequence[str], found: Sequence[FileLine]) -> bool:
    if not folders:
        # Paths come in order, so a root comes before all that is in it.
        return not any(path.startswith(root.path) for root in found if root.path.endswith(("/", "\\")))
    for folder in folders:
        rest = path[len(folder) :] if path.startswith(folder) else ""
        if rest and not any(mark in rest[:-1] for mark in "/\\"[: 1 if "/" in folder else 2]):
            return True
    return False


def _separator(folder: str) -> str:
    return "/" if "/" in folder else "\\"
