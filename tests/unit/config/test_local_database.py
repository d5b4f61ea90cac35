"""Where the local database is, and that it is rebuilt where it is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from support.golden import CASES

from triplicati.config.datafolder import DataFolder
from triplicati.config.dbconfig import NAME, add_database, database_key, listed_databases
from triplicati.config.local_database import DatabasePlace, database_place, local_database, rebuild
from triplicati.engine.opening import Keys
from triplicati.engine.remote import Remote
from triplicati.errors import EmptyRemoteLocation, FolderMissing, ForeignDatabase, PassphraseNeeded
from triplicati.index.database import open_database, origin
from triplicati.index.filesets import filesets
from triplicati.index.settings import fits, read_settings, write_settings
from triplicati.messages.progress import Report
from triplicati.options.option_values import OptionValues
from triplicati.storage.registry import open_destination
from triplicati.values.secrets import Secret
from triplicati.values.urls import parse_url

URL = parse_url("/mnt/backup")
PLAIN = CASES["d-lookup"]


def make_theirs(path: Path) -> bytes:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE Version (ID INTEGER PRIMARY KEY, Version INTEGER)")
    connection.execute("INSERT INTO Version VALUES (1, 14)")
    connection.commit()
    connection.close()
    return path.read_bytes()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def golden_remote(folder: Path = PLAIN.remote) -> Remote:
    return Remote(open_destination(parse_url(str(folder)), {}), "duplicati", Keys(), Report())


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def unlocks() -> tuple[list[str], Callable[[str], None]]:
    seen: list[str] = []
    return seen, seen.append


def place(folder: DataFolder, *, writes: bool, **options: str) -> DatabasePlace:
    return database_place(OptionValues(dict(options)), URL, lambda: folder, writes=writes)


def test_readers_neither_make_nor_list_one(tmp_path: Path) -> None:
    assert place(DataFolder(tmp_path / "home"), writes=False) == DatabasePlace(None)
    assert not (tmp_path / "home").exists()


def test_dbpath_asks_no_folder(tmp_path: Path) -> None:
    def folder() -> DataFolder:
        raise AssertionError("asked")

    found = database_place(OptionValues({"dbpath": str(tmp_path / "a.sqlite")}), URL, folder, writes=True)
    assert found == DatabasePlace(tmp_path / "a.sqlite", durable=True)


def test_a_database_of_duplicati_is_passed_by_and_its_mapping_kept(tmp_path: Path) -> None:
    theirs = tmp_path / "ABCDEFGHIJ.sqlite"
    before = make_theirs(theirs)
    add_database(tmp_path / NAME, database_key(URL, "duplicati", ""), theirs)
    listed = (tmp_path / NAME).read_bytes()
    found = place(DataFolder(tmp_path), writes=True)
    assert found.path == tmp_path / "ABCDEFGHIJ.triplicati.sqlite"
    assert found.durable
    assert found.entry is None
    assert str(theirs) in found.notice
    assert (theirs.read_bytes(), (tmp_path / NAME).read_bytes()) == (before, listed)


def test_in_their_data_folder_ours_goes_below(tmp_path: Path) -> None:
    make_theirs(tmp_path / "ABCDEFGHIJ.sqlite")
    add_database(tmp_path / NAME, database_key(URL, "duplicati", ""), tmp_path / "ABCDEFGHIJ.sqlite")
    found = place(DataFolder(tmp_path / "triplicati", theirs=tmp_path), writes=False)
    assert found.path == tmp_path / "triplicati" / "ABCDEFGHIJ.triplicati.sqlite"


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader")
    with pytest.raises(ForeignDatabase, match=r"letter\.txt"):
        place(DataFolder(tmp_path), writes=True, dbpath=str(tmp_path / "letter.txt"))


async def test_a_missing_one_is_built_and_listed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "home")
    wanted = place(folder, writes=True)
    seen, unlock = unlocks()
    async with local_database(wanted, golden_remote(), unlock) as database:
        assert len(await database.read(filesets)) == len(PLAIN.versions)
        assert (await database.read(read_settings))["encryption"] == "none"
    assert seen == ["none"]
    assert listed_databases(folder.path / NAME) == [wanted.path]
    assert sorted(path.suffix for path in folder.path.iterdir()) == [".json", ".json", ".sqlite"]


async def test_a_reader_gets_a_temporary_one_of_the_versions_it_picks(tmp_path: Path) -> None:
    _, unlock = unlocks()
    picked: list[int] = []

    def oldest(stamps: list[int]) -> list[int]:
        picked.extend(stamps[-1:])
        return picked

    kept = DatabasePlace(None)
    async with local_database(kept, golden_remote(), unlock, pick=oldest, tempdir=str(tmp_path)) as database:
        assert [each.stamp for each in await database.read(filesets)] == picked
        assert tmp_path in database.path.parents
    assert names_in(tmp_path) == []


async def test_one_good_for_paths_only_is_built_anew_for_more(tmp_path: Path) -> None:
    kept = DatabasePlace(tmp_path / "a.sqlite", durable=True)
    _, unlock = unlocks()
    await rebuild(kept, golden_remote(), unlock, only_paths=True)
    async with local_database(kept, golden_remote(), unlock, only_paths=True) as database:
        assert await database.read(lambda c: c.execute("SELECT count(*) FROM block").get) == 0
    async with local_database(kept, golden_remote(), unlock) as database:
        assert await database.read(lambda c: c.execute("SELECT count(*) FROM block").get) != 0


async def test_a_rebuild_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    kept = DatabasePlace(tmp_path / "a.sqlite", durable=True)
    _, unlock = unlocks()
    await rebuild(kept, golden_remote(), unlock)
    before = kept.path.read_bytes() if kept.path else b""
    with pytest.raises(PassphraseNeeded):
        await rebuild(kept, golden_remote(CASES["b-aes"].remote), unlock)
    assert (tmp_path / "a.sqlite").read_bytes() == before
    assert names_in(tmp_path) == ["a.sqlite"]


async def test_a_rebuild_takes_no_journal_of_the_old_one_along(tmp_path: Path) -> None:
    """SQLite would replay the journal that a killed process left into the new file."""
    path = tmp_path / "a.sqlite"
    async with open_database(path) as database:
        await database.write(lambda c: write_settings(c, {"staging": "same", "blocksize": "1"}))
        journal = read(Path(f"{path}-wal"))
    write(Path(f"{path}-wal"), journal)
    _, unlock = unlocks()
    await rebuild(DatabasePlace(path, durable=True), golden_remote(), unlock)
    async with open_database(path) as database:
        recorded = await database.read(read_settings)
        assert recorded["staging"] == "same"
        assert recorded["blocksize"] != "1"
        assert len(await database.read(filesets)) == len(PLAIN.versions)


async def test_a_broken_one_is_rebuilt(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with open_database(path):
        pass
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    assert origin(path) == "ours"
    _, unlock = unlocks()
    versions, volumes = await rebuild(DatabasePlace(path, durable=True), golden_remote(), unlock)
    assert (versions, volumes) == (3, len(list(PLAIN.remote.iterdir())))


async def test_an_empty_destination_is_only_fine_for_a_backup(tmp_path: Path) -> None:
    remote = golden_remote(tmp_path)
    _, unlock = unlocks()
    async with local_database(DatabasePlace(None), remote, unlock, empty_is_fine=True) as database:
        assert await database.read(filesets) == []
    with pytest.raises(EmptyRemoteLocation):
        async with local_database(DatabasePlace(None), remote, unlock):
            pass


async def test_a_reader_beside_a_database_of_duplicati_makes_none_of_an_empty_destination(
    tmp_path: Path,
) -> None:
    (tmp_path / "remote").mkdir()
    wanted = DatabasePlace(tmp_path / "a.sqlite", durable=True)
    _, unlock = unlocks()
    with pytest.raises(EmptyRemoteLocation):
        async with local_database(wanted, golden_remote(tmp_path / "remote"), unlock):
            pass
    assert names_in(tmp_path) == ["remote"]


async def test_a_missing_folder_is_only_fine_where_it_would_be_made(tmp_path: Path) -> None:
    remote = golden_remote(tmp_path / "absent")
    nowhere = DatabasePlace(None)
    _, unlock = unlocks()
    async with local_database(nowhere, remote, unlock, empty_is_fine=True, absent_is_fine=True) as database:
        assert await database.read(filesets) == []
    with pytest.raises(FolderMissing):
        async with local_database(nowhere, remote, unlock, empty_is_fine=True):
            pass
    assert not (tmp_path / "absent").exists()


async def test_what_is_rebuilt_knows_its_passphrase(tmp_path: Path) -> None:
    encrypted = CASES["b-aes"]
    assert encrypted.passphrase is not None
    remote = golden_remote(encrypted.remote)
    remote.keys = Keys(passphrase=encrypted.passphrase)
    _, unlock = unlocks()
    await rebuild(DatabasePlace(tmp_path / "a.sqlite", durable=True), remote, unlock)
    async with open_database(tmp_path / "a.sqlite") as database:
        recorded = await database.read(read_settings)
    assert fits(Secret(encrypted.passphrase), recorded["passphrase"])
    assert not fits(Secret("another"), recorded["passphrase"])
