"""Records of tested volumes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from triplicati.formats.names import VolumeKind
from triplicati.index.database import Database, open_database
from triplicati.index.volume_checks import (
    CheckedPart,
    VolumeCheck,
    checked_parts,
    last_checks,
    read_checks,
    record_checks,
)
from triplicati.index.volumes import add_volume, forget_volume


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Ten volumes of a hundred bytes and more, the first two of them lists; an eleventh never arrived."""

    def fill(connection: apsw.Connection) -> None:
        for number in range(1, 11):
            kind: VolumeKind = "dlist" if number < 3 else "dblock"
            add_volume(connection, f"v{number}", kind, "Uploaded", 100 + number)
        add_volume(connection, "v11", "dblock", "Uploading", 1)

    async with open_database(tmp_path / "index.sqlite") as opened:
        await opened.write(fill)
        yield opened


async def test_readers_do_without_the_table(database: Database) -> None:
    assert await database.read(read_checks) == []
    assert await database.read(last_checks) == {}
    parts = await database.read(lambda c: checked_parts(c, 100))
    assert [each.name for each in parts] == [f"v{number}" for number in range(1, 11)]
    assert all((each.checked, each.damaged, each.oldest, each.newest) == (0, 0, None, None) for each in parts)


async def test_the_last_check_counts(database: Database) -> None:
    damaged = VolumeCheck(4, 50, "hash", "damaged", "it has 3 bytes instead of 104")
    await database.write(lambda c: record_checks(c, [damaged, VolumeCheck(1, 60, "hash", "good")]))
    assert await database.read(read_checks) == [VolumeCheck(1, 60, "hash", "good"), damaged]
    better = VolumeCheck(4, 70, "content", "good")
    await database.write(lambda c: record_checks(c, [better]))
    assert await database.read(last_checks) == {1: 60, 4: 70}
    assert (await database.read(read_checks))[1] == better


async def test_a_volume_takes_its_record_with_it(database: Database) -> None:
    await database.write(lambda c: record_checks(c, [VolumeCheck(11, 5, "hash", "good")]))

    def renew(connection: apsw.Connection) -> int:
        forget_volume(connection, 11)
        return add_volume(connection, "other", "dblock", "Uploaded", 1)

    # Its id is taken again.
    assert await database.write(renew) == 11
    assert await database.read(read_checks) == []


@pytest.mark.parametrize("most", [1, 2, 3, 4, 7, 9, 10, 11, 1000])
async def test_parts_are_few_and_lose_nothing(database: Database, most: int) -> None:
    checks = [
        VolumeCheck(number, number * 10, "content", "damaged" if number == 7 else "good")
        for number in (2, 5, 7, 8)
    ]
    await database.write(lambda c: record_checks(c, checks))
    parts = await database.read(lambda c: checked_parts(c, most))
    assert len(parts) == min(most, 10)
    sizes = [each.volumes for each in parts]
    assert sum(sizes) == 10
    assert max(sizes) - min(sizes) <= 1
    assert sum(each.bytes for each in parts) == 1055
    assert sum(each.checked for each in parts) == 4
    assert sum(each.checked_bytes for each in parts) == 422
    assert sum(each.damaged for each in parts) == 1
    assert min(each.oldest for each in parts if each.oldest is not None) == 20
    assert max(each.newest for each in parts if each.newest is not None) == 80
    assert bool(parts[0].name) == (sizes[0] == 1)


async def test_kinds_of_parts(database: Database) -> None:
    assert [each.kind for each in await database.read(lambda c: checked_parts(c, 5))] == [
        "dlist", "dblock", "dblock", "dblock", "dblock",
    ]  # fmt: skip
    assert [each.kind for each in await database.read(lambda c: checked_parts(c, 1))] == [""]


async def test_nothing_at_all(tmp_path: Path) -> None:
    async with open_database(tmp_path / "empty.sqlite") as opened:
        found: list[CheckedPart] = await opened.read(lambda c: checked_parts(c, 10))
        assert found == []
