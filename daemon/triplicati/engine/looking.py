"""What lies in a folder, and the versions of single paths (spec/cli.md 1.3).

Found along the index of paths: a folder of ten entries costs the same in a version of a million.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from triplicati.engine.listing import Accepts, Version, each_path
from triplicati.errors import ExactlyOneVersionNeeded, NoVersions, VersionNotFound
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.index.database import Database
from triplicati.index.paths import (
    Found,
    behind,
    children,
    roots,
    rows_of_paths,
    separator_of,
    with_separator,
)
from triplicati.messages.results import FileVersion, FolderEntry
from triplicati.values.stamps import format_local

_MANY_PATHS = 200
_NANOSECONDS = 1_000_000_000


def one_version(versions: Sequence[Version], numbers: Sequence[int], time: float | None) -> Version:
    """The version that is meant, the newest when nothing was said; `time` must be exactly that of a version.

    Raises `ExactlyOneVersionNeeded`, `VersionNotFound` and `NoVersions`.
    """
    if not versions:
        raise NoVersions
    if not numbers and time is None:
        return versions[0]
    wanted = set(numbers)
    chosen = [each for each in versions if each.number in wanted or each.fileset.stamp == time]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise ExactlyOneVersionNeeded(count=len(chosen))
    asked = ", ".join(map(str, numbers)) if numbers else f"of just {format_local(int(time or 0))}"
    raise VersionNotFound(wanted=asked, oldest=versions[-1].number)


async def list_folder(
    database: Database, version: Version, folder: str, each: Callable[[list[FolderEntry]], object]
) -> int:
    """Gives what lies directly in a folder, some thousand entries at a time; returns how many there were."""
    count = 0
    start: str | None = ""
    while start is not None:
        found, start = await database.read(
            lambda c, start=start: children(c, [version.fileset.id], with_separator(folder), start)  # type: ignore[misc]  # a default binds the loop's value
        )
        if found:
            count += len(found)
            each([_entry(row) for row in found])
    return count


async def list_roots(database: Database, version: Version) -> list[FolderEntry]:
    """The fewest folders that all entries lie in."""
    paths: set[str] = set()
    start: str | None = ""
    while start is not None:
        found, start = await database.read(lambda c, start=start: roots(c, version.fileset.id, start))  # type: ignore[misc]  # a default binds the loop's value
        paths.update(found)
    return [FolderEntry(path, -1, True, False, 0) for path in sorted(paths) if not any(_above(path, paths))]


async def versions_of_paths(
    database: Database, versions: Sequence[Version], paths: Sequence[str]
) -> list[FileVersion]:
    """Each version of each path, in the order of `paths` and newest first. A folder may be named without its
    separator at the end."""
    found: list[FileVersion] = []
    for start in range(0, len(paths), _MANY_PATHS):
        some = [dict.fromkeys((path, with_separator(path))) for path in paths[start : start + _MANY_PATHS]]
        names = list(dict.fromkeys(name for forms in some for name in forms))
        rows = await database.read(lambda c, names=names: rows_of_paths(c, names))  # type: ignore[misc]  # a default binds the loop's value
        for forms in some:
            for name in forms:
                found += _in_versions(rows.get(name, ()), versions)
    return found


async def search(
    database: Database,
    versions: Sequence[Version],
    folders: Sequence[str],
    accepts: Accepts,
    each: Callable[[list[FileVersion]], object],
) -> int:
    """Gives the versions of all accepted paths in `folders`, of all paths when there are none, in the order
    of the paths; returns the number of paths."""
    count = 0

    def choose(rows: list[Found]) -> list[FileVersion]:
        nonlocal count
        found: list[FileVersion] = []
        for path, same in groupby(rows, key=lambda row: row[0]):
            if accepts(path):
                count += 1
                found += _in_versions(same, versions)
        return found

    for first, end in _spans(folders):
        await each_path(database, versions, choose, each, first, end)
    return count


def _spans(folders: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """First path and the one behind the last, for folders none of which lies in another."""
    if not folders:
        yield "", None
        return
    wanted = {with_separator(folder) for folder in folders}
    for folder in sorted(wanted):
        if not any(_above(folder, wanted)):
            yield folder, behind(folder)


def _above(path: str, folders: set[str]) -> Iterator[bool]:
    """For each folder above `path` whether it is one of `folders`."""
    separator = separator_of(path)
    cut = path.find(separator)
    while 0 <= cut < len(path) - 1:
        yield path[: cut + 1] in folders
        cut = path.find(separator, cut + 1)


def _in_versions(rows: Iterable[Found], versions: Sequence[Version]) -> list[FileVersion]:
    """The rows of one path, as each version shows it."""
    shown = list(rows)
    return [
        FileVersion(version.number, version.fileset.stamp, *_facts(row))
        for version in versions
        for row in shown
        if row[4] <= version.fileset.id < row[5]
    ]


def _entry(row: Found) -> FolderEntry:
    return FolderEntry(*_facts(row))


def _facts(row: Found) -> tuple[str, int, bool, bool, int]:
    path, kind, size, mtime, _, _ = row
    return path, size if kind == FILE else -1, kind == FOLDER, kind == SYMLINK, mtime // _NANOSECONDS
