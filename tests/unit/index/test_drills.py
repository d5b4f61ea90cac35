"""What is kept of drills, and what goes with its version."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index import drills
from triplicati.index.database import Database, open_database
from triplicati.index.drills import Drill, drilled_files, files_to_drill, read_drills, record_drill
from triplicati.index.filesets import add_fileset, delete_filesets
from triplicati.index.rows import Row, end_rows, insert_rows


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Two versions: of the second "/b" has changed and "/c" is gone."""

    def fill(connection: apsw.Connection) -> None:
        first = add_fileset(connection, 100, complete=True)
        insert_rows(connection, first, [row("/a", 10), row("/b", 20), row("/c", 30), row("/e", 0)])
        insert_rows(connection, first, [row("/d/", -1, FOLDER)])
        second = add_fileset(connection, 200, complete=True)
        end_rows(connection, second, ["/b", "/c"])
        insert_rows(connection, second, [row("/b", 25)])

    async with open_database(tmp_path / "index.sqlite") as found:
        await found.write(fill)
        yield found


def row(path: str, size: int, kind: int = FILE) -> Row:
    return Row(path, kind, size, 5, 0, path.encode(), None, None, b"m", 1, None, None)


def drill(fileset: int, time: int = 1000) -> Drill:
    return Drill(fileset, time, "good", 2, 30, 0)


async def test_before_the_first(database: Database) -> None:
    assert await database.read(read_drills) == {}
    assert await database.read(drilled_files) == {}


async def test_files_with_content_within_the_limit(database: Database) -> None:
    found = await database.read(lambda c: [each.key for each in files_to_drill(c, 1, 20)])
    assert found == [("/a", 1), ("/b", 1)]
    sizes = await database.read(lambda c: [(each.key, each.size) for each in files_to_drill(c, 2, 99)])
    assert sizes == [(("/a", 1), 10), (("/b", 2), 25)]


async def test_the_last_one_counts(database: Database) -> None:
    await database.write(lambda c: record_drill(c, drill(1), [("/a", 1), ("/c", 1)]))
    later = Drill(1, 2000, "damaged", 0, 0, 1)
    await database.write(lambda c: record_drill(c, later, [("/a", 1)]))
    await database.write(lambda c: record_drill(c, drill(2), [("/b", 2)]))
    assert await database.read(read_drills) == {1: later, 2: drill(2)}
    assert await database.read(drilled_files) == {("/a", 1): 2000, ("/c", 1): 1000, ("/b", 2): 1000}


async def test_a_version_takes_its_record_with_it(database: Database) -> None:
    for version in (1, 2):
        await database.write(lambda c, v=version: record_drill(c, drill(v), [("/a", 1), ("/c", 1)]))  # type: ignore[misc]  # a default binds the loop's value
    await database.write(lambda c: delete_filesets(c, [1]))
    assert await database.read(read_drills) == {2: drill(2)}
    await database.write(lambda c: record_drill(c, drill(2, 3000), []))
    assert await database.read(drilled_files) == {("/a", 1): 1000}


async def test_a_bounded_number_of_files_is_remembered(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drills, "_REMEMBERED", 2)
    await database.write(lambda c: record_drill(c, drill(1, 10), [("/a", 1), ("/b", 1)]))
    await database.write(lambda c: record_drill(c, drill(1, 20), [("/c", 1)]))
    assert await database.read(drilled_files) == {("/a", 1): 10, ("/c", 1): 20}
