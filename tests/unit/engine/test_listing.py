"""Listing and comparing versions from the local database."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest

from triplicati.engine import changes as comparing
from triplicati.engine import listing
from triplicati.engine.compare import choose_pair, compare
from triplicati.engine.listing import (
    Version,
    accepting,
    all_versions,
    choose_versions,
    list_files,
    list_shaped,
)
from triplicati.errors import TooFewVersions
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.index.database import Database, open_database
from triplicati.index.filesets import add_fileset, finish_fileset
from triplicati.index.rows import Row, end_rows, insert_rows
from triplicati.messages.progress import Report
from triplicati.messages.results import FileLine
from triplicati.source.filters import FilterRule


def row(path: str, size: int = 1, *, content: bytes = b"c", metadata: bytes = b"m", kind: int = FILE) -> Row:
    return Row(path, kind, size if kind == FILE else -1, 0, 0, content, None, None, metadata, 1, None, None)


@asynccontextmanager
async def history(folder: Path) -> AsyncIterator[Database]:
    """Version 2 is the first, 0 the newest."""

    def fill(c: apsw.Connection) -> None:
        first = add_fileset(c, 1000)
        insert_rows(
            c,
            first,
            [
                row("/d/", kind=FOLDER),
                row("/d/link", kind=SYMLINK),
                row("/d/same.txt", 10),
                row("/d/grows.txt", 10),
                row("/d/touched.txt", 5),
                row("/d/goes.log", 7),
                row("/d/turns", 3),
            ],
        )
        finish_fileset(c, first, 0, 1000, full=True)
        second = add_fileset(c, 2000)
        end_rows(c, second, ["/d/grows.txt", "/d/goes.log"])
        insert_rows(c, second, [row("/d/grows.txt", 20, content=b"d"), row("/d/sub/", kind=FOLDER)])
        finish_fileset(c, second, 0, 2000, full=False)
        third = add_fileset(c, 3000)
        end_rows(c, third, ["/d/touched.txt", "/d/turns"])
        insert_rows(c, third, [row("/d/touched.txt", 5, metadata=b"n"), row("/d/turns", kind=SYMLINK)])
        finish_fileset(c, third, 0, 3000, full=True)
        add_fileset(c, 4000)  # not complete: no version yet

    async with open_database(folder / "local.sqlite") as database:
        await database.write(fill)
        yield database


def patterns(*texts: str, rules: Sequence[FilterRule] = ()) -> listing.Accepts:
    return accepting(texts, rules, case_sensitive=True)


async def files(database: Database, versions: Sequence[Version], accepts: listing.Accepts) -> list[FileLine]:
    found: list[FileLine] = []
    assert await list_files(database, versions, accepts, found.extend) == len(found)
    return found


async def test_versions_are_numbered_from_the_newest(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        lines = [each.line for each in await all_versions(database)]
    assert [(line.number, line.time, line.full, line.files, line.size) for line in lines] == [
        (0, 3000, True, 3, 35),
        (1, 2000, False, 4, 38),
        (2, 1000, True, 5, 35),
    ]


@pytest.mark.parametrize(
    ("numbers", "time", "chosen"),
    [
        ((), None, [0, 1, 2]),
        ((2, 0), None, [0, 2]),
        ((), 2500.0, [1, 2]),
        ((), 500.0, []),
        ((0,), 1000.0, [0, 2]),
    ],
)
async def test_choosing_versions(
    tmp_path: Path, numbers: tuple[int, ...], time: float | None, chosen: list[int]
) -> None:
    async with history(tmp_path) as database:
        found = choose_versions(await all_versions(database), numbers, time, Report())
    assert [each.number for each in found] == chosen


async def test_a_version_that_does_not_exist_is_a_warning(tmp_path: Path) -> None:
    report = Report()
    async with history(tmp_path) as database:
        assert choose_versions(await all_versions(database), (7,), None, report) == []
    assert [warning.id for warning in report.warnings] == ["SkipInvalidVersion"]


async def test_files_of_one_version(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest = (await all_versions(database))[:1]
        found = await files(database, newest, patterns("*"))
    assert [(line.path, line.sizes) for line in found] == [
        ("/d/", {0: -1}),
        ("/d/grows.txt", {0: 20}),
        ("/d/link", {0: -1}),
        ("/d/same.txt", {0: 10}),
        ("/d/sub/", {0: -1}),
        ("/d/touched.txt", {0: 5}),
        ("/d/turns", {0: -1}),
    ]


@pytest.mark.parametrize("piece", [1, 2, 3, 100])
async def test_versions_of_files_whatever_the_size_of_the_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(listing, "_PIECE", piece)
    async with history(tmp_path) as database:
        versions = await all_versions(database)
        found = await files(database, versions, patterns("*.txt", "goes.log"))
    assert [(line.path, line.sizes) for line in found] == [
        ("/d/goes.log", {2: 7}),
        ("/d/grows.txt", {0: 20, 1: 20, 2: 10}),
        ("/d/same.txt", {0: 10, 1: 10, 2: 10}),
        ("/d/touched.txt", {0: 5, 1: 5, 2: 5}),
    ]


async def test_filters_narrow_what_the_patterns_find(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest = (await all_versions(database))[:1]
        found = await files(database, newest, patterns("*.txt", rules=[FilterRule(False, "*same*")]))
    assert [line.path for line in found] == ["/d/grows.txt", "/d/touched.txt"]


async def test_the_separator_is_that_of_the_system_backed_up(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        assert await listing.separator(database) == "/"
        await database.write(lambda c: c.execute("DELETE FROM entry").fetchall())
        assert await listing.separator(database) == os.sep
        await database.write(lambda c: insert_rows(c, 1, [row("C:\\d\\a.txt")]))
        assert await listing.separator(database) == "\\"


async def test_a_folder_means_all_that_is_in_it(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest = (await all_versions(database))[:1]
        found = await files(database, newest, patterns("/d/sub/"))
    assert [line.path for line in found] == ["/d/sub/"]


async def test_only_the_common_folder(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest = (await all_versions(database))[:1]
        found = await list_shaped(database, newest, patterns("*.txt"), "prefix", ())
    assert found == [FileLine("/d/", {0: -1})]


@pytest.mark.parametrize(("folder", "expected"), [("/d", 6), ("/d/", 6), ("/d/sub/", 0), ("/", 1)])
async def test_only_what_is_in_a_folder(tmp_path: Path, folder: str, expected: int) -> None:
    async with history(tmp_path) as database:
        newest = (await all_versions(database))[:1]
        found = await list_shaped(database, newest, patterns(), "contents", [folder])
    assert len(found) == expected


async def test_only_the_roots_when_no_folder_is_named(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        versions = await all_versions(database)
        found = await list_shaped(database, versions, patterns(), "contents", [])
    assert [line.path for line in found] == ["/d/"]


@pytest.mark.parametrize("piece", [1, 2, 100])
async def test_what_changed_between_two_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(comparing, "_PIECE", piece)
    async with history(tmp_path) as database:
        newest, _, oldest = await all_versions(database)
        result = await compare(database, oldest, newest, patterns())
    assert result.added == ["/d/sub/", "/d/turns"]
    assert result.modified == ["/d/grows.txt", "/d/touched.txt"]
    assert result.deleted == ["/d/goes.log", "/d/turns"]
    assert (result.added_counts, result.modified_counts, result.deleted_counts) == (
        [0, 1, 1],
        [2, 0, 0],
        [2, 0, 0],
    )


async def test_the_other_way_round_it_is_the_opposite(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest, _, oldest = await all_versions(database)
        result = await compare(database, newest, oldest, patterns("*.log"))
    assert (result.added, result.modified, result.deleted) == (["/d/goes.log"], [], [])


async def test_the_counters_go_on_where_the_paths_end(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        newest, _, oldest = await all_versions(database)
        result = await compare(database, oldest, newest, patterns(), limit=1)
    assert result.modified == ["/d/grows.txt"]
    assert result.modified_counts == [2, 0, 0]


@pytest.mark.parametrize(
    ("base", "target", "pair"),
    [
        (None, None, (1, 0)),
        (None, 2, (1, 2)),
        (0, 0, (0, 1)),
        (9, 0, (2, 0)),
        (2100.0, 900.0, (1, 2)),
    ],
)
async def test_the_nearest_versions_are_compared(
    tmp_path: Path, base: int | float | None, target: int | float | None, pair: tuple[int, int]
) -> None:
    async with history(tmp_path) as database:
        found = choose_pair(await all_versions(database), base, target)
    assert (found[0].number, found[1].number) == pair


async def test_one_version_cannot_be_compared(tmp_path: Path) -> None:
    async with history(tmp_path) as database:
        versions = await all_versions(database)
    with pytest.raises(TooFewVersions):
        choose_pair(versions[:1], None, None)
