from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import apsw
import pytest
import trio
from support.golden import FOLDER

from triplicati.errors import DatabaseInUse, DatabaseTooNew, DatabaseUnusable
from triplicati.index.database import Database, open_database, origin
from triplicati.index.schema import APPLICATION_ID, REPELLENT_VERSION, SCHEMA
from triplicati.index.settings import read_settings, write_settings

REAL = FOLDER / "l-bigmeta" / "local.sqlite"


async def make(path: Path, **settings: str) -> None:
    async with open_database(path) as database:
        await database.write(lambda c: write_settings(c, settings))


def foreign(path: Path, script: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    connection.close()


async def test_whose_a_file_is(tmp_path: Path) -> None:
    assert origin(tmp_path / "absent") == "absent"
    (tmp_path / "empty").touch()
    assert origin(tmp_path / "empty") == "absent"
    await make(tmp_path / "ours")
    assert origin(tmp_path / "ours") == "ours"
    assert origin(REAL) == "duplicati"
    foreign(tmp_path / "other", "CREATE TABLE mail (id)")
    assert origin(tmp_path / "other") == "foreign"
    foreign(tmp_path / "numbered", "CREATE TABLE Version (ID, Version); INSERT INTO Version VALUES (1, 5000)")
    assert origin(tmp_path / "numbered") == "foreign"
    for number, garbage in enumerate([b"x", b"SQLite format 3", b"SQLite format 3\x00", bytes(5000)]):
        (tmp_path / str(number)).write_bytes(garbage)
        assert origin(tmp_path / str(number)) == "foreign"
    torn = tmp_path / "torn"
    torn.write_bytes(REAL.read_bytes()[:6000])
    assert origin(torn) == "foreign"
    with pytest.raises(DatabaseUnusable):
        origin(tmp_path)


async def test_looking_changes_nothing_not_even_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"
    shutil.copyfile(REAL, path)
    path.chmod(0o400)
    assert origin(path) == "duplicati"
    assert path.read_bytes() == REAL.read_bytes()
    assert os.listdir(tmp_path) == ["local.sqlite"]


@pytest.mark.parametrize("kind", ["duplicati", "other", "garbage"])
async def test_files_of_others_are_refused_untouched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "local.sqlite"
    if kind == "duplicati":
        shutil.copyfile(REAL, path)
    elif kind == "other":
        foreign(path, "CREATE TABLE mail (id)")
    else:
        path.write_bytes(b"garbage" * 1000)
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match="another program"):
        await make(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["local.sqlite"]


async def test_a_folder_or_an_unreachable_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable):
        await make(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable):
        await make(tmp_path / "file" / "local.sqlite")


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "local.sqlite"
    before = os.umask(0)
    try:
        async with open_database(path) as database:
            await database.write(lambda c: write_settings(c, {"a": "1"}))
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"local.sqlite": 0o600, "local.sqlite-wal": 0o600, "local.sqlite-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["local.sqlite"]


async def test_duplicati_sees_a_version_above_its_own(tmp_path: Path) -> None:
    """It refuses such a file without touching it; in any other it would create its own tables."""
    await make(tmp_path / "ours")
    connection = sqlite3.connect(tmp_path / "ours")
    assert connection.execute("SELECT max(Version) FROM Version").fetchone() == (REPELLENT_VERSION,)
    assert connection.execute("SELECT Version FROM Version ORDER BY ID DESC LIMIT 1").fetchone() == (
        1_000_000,
    )
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    connection.close()


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    await make(tmp_path / "ours")
    foreign(tmp_path / "ours", f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(DatabaseTooNew, match=f"schema {SCHEMA + 1}, this one knows {SCHEMA}"):
        await make(tmp_path / "ours")


@pytest.mark.parametrize(
    "script", ["DELETE FROM Version", "UPDATE Version SET Version = 12", "DROP TABLE Version"]
)
async def test_ours_that_another_program_changed(tmp_path: Path, script: str) -> None:
    await make(tmp_path / "ours")
    foreign(tmp_path / "ours", script)
    with pytest.raises(DatabaseUnusable):
        await make(tmp_path / "ours")


async def test_a_damaged_file_has_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "ours"
    await make(path, a="1")
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable):
        await make(path)


async def test_what_was_written_is_there_next_time(tmp_path: Path) -> None:
    path = tmp_path / "ours"
    await make(path, a="1")
    async with open_database(path) as database:
        assert await database.read(read_settings) == {"a": "1"}
        with database.reader() as connection:
            assert read_settings(connection) == {"a": "1"}
            with pytest.raises(apsw.ReadOnlyError):
                write_settings(connection, {"b": "2"})


async def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    def half(connection: apsw.Connection) -> None:
        write_settings(connection, {"a": "1"})
        raise KeyError("a")

    async with open_database(tmp_path / "ours") as database:
        with pytest.raises(KeyError):
            await database.write(half)
        await database.write(lambda c: write_settings(c, {"b": "2"}), durable=True)
        assert await database.read(read_settings) == {"b": "2"}


async def test_a_transaction_that_rolled_back_by_itself_keeps_its_reason(tmp_path: Path) -> None:
    """SQLite does so on a full disk; a second rollback would hide why."""

    def rolled_back(connection: apsw.Connection) -> None:
        connection.execute("ROLLBACK")
        raise apsw.IOError("the reason")

    async with open_database(tmp_path / "ours") as database:
        with pytest.raises(DatabaseUnusable, match="the reason"):
            await database.write(rolled_back)
        await database.write(lambda c: write_settings(c, {"b": "2"}))


async def test_a_reader_sees_what_was_committed_and_does_not_block_the_writer(tmp_path: Path) -> None:
    async with open_database(tmp_path / "ours") as database:
        await database.write(lambda c: write_settings(c, {"a": "1"}))
        with database.reader() as connection:
            connection.execute("BEGIN")
            assert read_settings(connection) == {"a": "1"}
            await database.write(lambda c: write_settings(c, {"a": "2"}))
            assert read_settings(connection) == {"a": "1"}
            connection.execute("COMMIT")
            assert read_settings(connection) == {"a": "2"}


async def test_readers_run_while_a_write_waits(tmp_path: Path) -> None:
    async with open_database(tmp_path / "ours") as database, trio.open_nursery() as nursery:
        seen: list[dict[str, str]] = []

        async def look() -> None:
            seen.append(await database.read(read_settings))

        for _ in range(8):
            nursery.start_soon(look)
        nursery.start_soon(write_many, database)
    assert len(seen) == 8


async def write_many(database: Database) -> None:
    for number in range(5):
        await database.write(partial(write_settings, values={"n": str(number)}))


async def test_the_same_process_cannot_open_it_twice(tmp_path: Path) -> None:
    async with open_database(tmp_path / "ours"):
        with pytest.raises(DatabaseInUse):
            await make(tmp_path / "ours")
    await make(tmp_path / "ours")


HOLD = """
import sys, trio
from pathlib import Path
from triplicati.index.database import open_database
from triplicati.index.settings import write_settings

async def main():
    async with open_database(Path(sys.argv[1])) as database:
        await database.write(lambda c: write_settings(c, {"a": "1"}))
        print("open", flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)

trio.run(main)
"""


def another_process(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


async def test_a_second_process_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    path = tmp_path / "ours"
    with another_process(path) as process:
        with pytest.raises(DatabaseInUse):
            await make(path)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0
    await make(path)


async def test_a_killed_process_leaves_a_database_that_opens(tmp_path: Path) -> None:
    """The tables of a new database once stood in the write-ahead log alone until the first close: the file
    looked like another program's after a kill, and was refused for ever."""
    path = tmp_path / "ours"
    with another_process(path) as process:
        process.kill()
    assert origin(path) == "ours"
    async with open_database(path) as database:
        assert await database.read(read_settings) == {"a": "1"}
