"""Folders, versions of files and searches from the local database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest

from triplicati.engine import listing
from triplicati.engine.listing import Version, all_versions
from triplicati.engine.looking import list_folder, list_roots, one_version, search, versions_of_paths
from triplicati.errors import ExactlyOneVersionNeeded, NoVersions, VersionNotFound
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.index.database import Database, open_database
from triplicati.index.filesets import add_fileset, finish_fileset
from triplicati.index.rows import Row, end_rows, insert_rows
from triplicati.messages.results import FileVersion, FolderEntry


def row(path: str, size: int = -1, kind: int = FILE) -> Row:
    return Row(path, kind, size, 7_000_000_999, 0, b"c", None, None, b"m", 1, None, None)


@asynccontextmanager
async def history(folder: Path) -> AsyncIterator[Database]:
    """Two versions: a file grows, and one goes."""

    def fill(c: apsw.Connection) -> None:
        first = add_fileset(c, 1000)
        rows = [row("/d/", kind=FOLDER), row("/d/sub/", kind=FOLDER), row("/d/link", kind=SYMLINK)]
        rows += [row("/d/A.txt", 1), row("/d/a.txt", 2), row("/d/sub/goes.txt", 3), row("/e/alone.txt", 9)]
        insert_rows(c, first, rows)
        finish_fileset(c, first, 0, 1000, full=True)
        second = add_fileset(c, 2000)
        end_rows(c, second, ["/d/a.txt", "/d/sub/goes.txt"])
        insert_rows(c, second, [row("/d/a.txt", 4)])
        finish_fileset(c, second, 0, 2000, full=True)

    async with open_database(folder / "local.sqlite") as database:
        await database.write(fill)
        yield database


async def content(database: Database, version: Version, folder: str) -> list[FolderEntry]:
    found: list[FolderEntry] = []
    assert await list_folder(database, version, folder, found.extend) == len(found)
    return found


async def searched(database: Database, versions: list[Version], *folders: str, part: str = "") -> list[str]:
    found: list[FileVersion] = []
    count = await search(database, versions, folders, lambda path: part in path, found.extend)
    assert count == len({each.path for each in found})
    return [f"{each.path}@{each.version}" for each in found]


@pytest.mark.parametrize("folder", ["/d/", "/d"])
async def test_what_lies_in_a_folder(tmp_path: Path, folder: str) -> None:
    async with history(tmp_path) as database:
        found = await content(database, (await all_versions(database))[0], folder)
    assert found == [
        FolderEntry("/d/A.txt", 1, False, False, 7),
        FolderEntry("/d/a.txt", 4, False, False, 7),
        FolderEntry("/d/link", -1, False, True, 7),
        FolderEntry("/d/sub/", -1, True, False, 7),
    ]


async def test_folders_are_told_apart_by_case_and_by_version(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest, oldest = await all_versions(database)
        assert await content(database, newest, "/D/") == []
        assert await content(database, newest, "/d/sub/") == []
        assert [each.path for each in await content(database, oldest, "/d/sub/")] == ["/d/sub/goes.txt"]


async def test_the_roots(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest = (await all_versions(database))[0]
        assert [each.path for each in await list_roots(database, newest)] == ["/d/", "/e/"]
        assert [each.path for each in await content(database, newest, "/e/")] == ["/e/alone.txt"]


async def test_the_versions_of_paths_in_the_order_asked_for(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        versions = await all_versions(database)
        found = await versions_of_paths(database, versions, ["/e/alone.txt", "/d/a.txt", "/no", "/d/sub"])
        assert [(each.path, each.version, each.time, each.size) for each in found] == [
            ("/e/alone.txt", 0, 2000, 9),
            ("/e/alone.txt", 1, 1000, 9),
            ("/d/a.txt", 0, 2000, 4),
            ("/d/a.txt", 1, 1000, 2),
            ("/d/sub/", 0, 2000, -1),
            ("/d/sub/", 1, 1000, -1),
        ]
        assert found[-1].is_directory
        assert await versions_of_paths(database, versions, ["/D/a.txt"]) == []
        oldest = await versions_of_paths(database, versions[1:], ["/d/sub/goes.txt"])
        assert [each.version for each in oldest] == [1]


@pytest.mark.parametrize("piece", [1, 2, 100])
async def test_searching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(listing, "_PIECE", piece)
    async with history(tmp_path) as database:
        versions = await all_versions(database)
        assert await searched(database, versions, part="a.txt") == ["/d/a.txt@0", "/d/a.txt@1"]
        assert await searched(database, versions, "/d/sub", "/d/sub/", part="txt") == ["/d/sub/goes.txt@1"]
        assert await searched(database, versions[:1], "/e/") == ["/e/alone.txt@0"]
        assert await searched(database, versions, "/e/", "/d/", "/d/sub/", part="goes") == [
            "/d/sub/goes.txt@1"
        ]
        assert len(await searched(database, versions[1:])) == 7


async def test_exactly_one_version(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        versions = await all_versions(database)
    newest, oldest = versions
    assert one_version(versions, (), None) is newest
    assert one_version(versions, (1,), None) is oldest
    assert one_version(versions, (), 1000.0) is oldest
    assert one_version(versions, (1,), 1000.0) is oldest
    with pytest.raises(ExactlyOneVersionNeeded):
        one_version(versions, (0, 1), None)
    with pytest.raises(VersionNotFound, match=r"no version 7\."):
        one_version(versions, (7,), None)
    with pytest.raises(VersionNotFound):
        one_version(versions, (), 1001.0)
    with pytest.raises(NoVersions):
        one_version([], (), None)
